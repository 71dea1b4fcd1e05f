/**
 * Lets pages of other origins call (fetch.spec.whatwg.org, "HTTP CORS protocol"). Without origins
 * nothing here runs and no such header is ever sent. Credentials mode is never allowed: there are
 * no cookies, and a token is an ordinary header that the page must have.
 */
import { type HttpRequest, type HttpResponse, pathOf, type RequestHandler } from "./request.ts";
import { endAnswer } from "./rest/answer.ts";

export interface CorsParts {
  /** Exact origins, as browsers send them. */
  readonly origins: readonly string[];
  /** The HTTP methods of a path; none where nothing is. */
  readonly methodsOf: (path: string) => readonly string[];
}

/** Headers that requests may have, besides those that are always allowed. */
const requestHeaders = [
  "authorization",
  "content-type",
  "content-encoding",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-content-encoding",
  "connect-accept-encoding",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-timeout",
  "x-grpc-web",
  "x-user-agent",
  "if-match",
  "targetd-skip-executions",
].join(", ");

/** Headers of answers that pages may read. */
const responseHeaders = [
  "etag",
  "allow",
  "retry-after",
  "www-authenticate",
  "connect-content-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "targetd-replayed",
  "targetd-warning",
].join(", ");

/** Two hours, the most that browsers remember a preflight for. */
const maxAgeSeconds = "7200";

/**
 * The headers by which pages of an origin may read an answer.
 *
 * @param origin that of the request; undefined when it names none
 */
export type CorsFields = (origin: string | undefined) => Readonly<Record<string, string>>;

const none = Object.freeze({});

/** @param origins exact ones, as browsers send them */
export function corsFields(origins: readonly string[]): CorsFields {
  if (origins.length === 0) return () => none;
  const allowed: ReadonlySet<string> = new Set(origins);
  // Also on answers without the other headers, so that no cache gives them to another origin.
  const vary = { vary: "Origin" };
  return (origin) => {
    if (origin === undefined || !allowed.has(origin)) return vary;
    return {
      ...vary,
      "access-control-allow-origin": origin,
      "access-control-expose-headers": responseHeaders,
    };
  };
}

/**
 * Answers preflights of the given origins, before authentication as they carry no credential, and
 * adds the headers to the answers of everything else. Requests of other origins go on as if they
 * had none: their answers bear no permission, so that browsers withhold them from the page.
 */
export function withCors({ origins, methodsOf }: CorsParts, next: RequestHandler): RequestHandler {
  if (origins.length === 0) return next;
  const fieldsOf = corsFields(origins);
  const isAllowed = (origin: string | undefined) =>
    origin !== undefined && origins.includes(origin);
  return (request, response) => {
    const { origin } = request.headers;
    for (const [name, value] of Object.entries(fieldsOf(origin))) response.setHeader(name, value);
    const preflight = isPreflight(request) && isAllowed(origin);
    const methods = preflight ? methodsOf(pathOf(request)) : [];
    if (methods.length === 0) return next(request, response);
    response.removeHeader("access-control-expose-headers");
    answerPreflight(methods, request, response);
  };
}

function isPreflight({ method, headers }: HttpRequest): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

function answerPreflight(
  methods: readonly string[],
  request: HttpRequest,
  response: HttpResponse,
): void {
  response.statusCode = 204;
  response.setHeader(
    "vary",
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  );
  response.setHeader("access-control-allow-methods", methods.join(", "));
  response.setHeader("access-control-allow-headers", requestHeaders);
  response.setHeader("access-control-max-age", maxAgeSeconds);
  // Contract.md section 9. Browsers keep a preflight for its own time whatever this says.
  response.setHeader("cache-control", "no-store");
  endAnswer(request, response);
}
