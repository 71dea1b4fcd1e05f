/** REST/JSON in front of the unary methods that have a google.api.http annotation. */
import type { Message } from "@bufbuild/protobuf";
import { ApiError } from "../../errors/api-error.ts";
import { toApiError } from "../../errors/to-wire.ts";
import type { Reply } from "../../rpc/pipeline.ts";
import { callSignal, originOf } from "../origin.ts";
import { formsOf } from "../overload/refusal.ts";
import { type HttpRequest, type HttpResponse, isHttp2 } from "../request.ts";
import { serveUnary, type UnaryCall, type UnaryParts } from "../unary/call.ts";
import { type Answer, sendAnswer } from "./answer.ts";
import { etagReader, type ReadEtag } from "./etag.ts";
import { errorAnswer } from "./json-error.ts";
import { splitTarget } from "./raw-path.ts";
import { readBody } from "./read-body.ts";
import { compileRoutes, type Route } from "./routes.ts";
import { type RestRequest, requestDecoder, responseEncoder } from "./transcode.ts";
import type { Found, RouteTrie } from "./trie.ts";

/** Serves a request of node:http, or of node:http2's compatibility API; answers every path. */
export type RestDoor = (request: HttpRequest, response: HttpResponse) => void;

/**
 * Compiles the routes.
 *
 * @throws Error when the annotations are wrong; see {@link compileRoutes}
 */
export function createRestDoor(parts: UnaryParts): RestDoor {
  const routes = compileRoutes(parts.methods, compile);
  return (request, response) => {
    // Without a listener an aborted connection would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
    serve(parts, routes, request, response).catch((thrown: unknown) => {
      parts.reportBug(crypto.randomUUID(), thrown);
      cutOff(response);
    });
  };
}

/** A route ready to serve. */
interface CompiledRoute {
  readonly route: Route;
  readonly decode: (request: RestRequest) => Message;
  readonly encode: (message: Message) => string;
  /** Present only for GET. */
  readonly etag: ReadEtag | undefined;
}

function compile(route: Route): CompiledRoute {
  return {
    route,
    decode: requestDecoder(route),
    encode: responseEncoder(route),
    etag: route.verb === "GET" ? etagReader(route.entry.method.output) : undefined,
  };
}

async function serve(
  parts: UnaryParts,
  routes: RouteTrie<CompiledRoute>,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const { path, query } = splitTarget(request.url ?? "");
  let found: Found<CompiledRoute>;
  try {
    found = findRoute(routes, request.method ?? "", path);
  } catch (thrown) {
    return sendAnswer(request, response, errorAnswer(toApiError(thrown, parts.reportBug)));
  }
  return serveUnary(parts, () => restCall(found, query, request, response));
}

const failureAnswer = formsOf(errorAnswer);

function restCall(
  { route: compiled, segments }: Found<CompiledRoute>,
  query: string,
  request: HttpRequest,
  response: HttpResponse,
): UnaryCall {
  const { entry, verb, body: bodyRule } = compiled.route;
  const origin = originOf(request, "rest", () => callSignal(response));
  // A body that DELETE has no use for may still hold an etag, which must not be lost unseen.
  const wanted = bodyRule !== "none" || verb === "DELETE";
  return {
    entry,
    connection: request.socket,
    origin,
    async read(reading) {
      const body = wanted ? await readBody(request, reading) : new Uint8Array();
      const ifMatch = origin.header("if-match");
      return () => compiled.decode({ segments, query, ifMatch, body });
    },
    answer: (reply) => sendAnswer(request, response, replyAnswer(compiled, reply)),
    fail: (error) => sendAnswer(request, response, failureAnswer(error)),
  };
}

function findRoute<T>(routes: RouteTrie<T>, method: string, path: string): Found<T> {
  const result = routes.find(method, path);
  if (result.kind === "found") return result;
  if (result.allow.length === 0) throw new ApiError("unknownPath");
  throw new ApiError("wrongVerb", { headers: { allow: result.allow.join(", ") } });
}

function replyAnswer({ encode, etag }: CompiledRoute, reply: Reply): Answer {
  const tag = etag?.(reply.message);
  const tagHeader = tag === undefined ? {} : { etag: tag };
  const headers = { ...Object.fromEntries(reply.headers), ...tagHeader };
  return { status: 200, headers, body: encode(reply.message) };
}

function ignore(): void {}

function cutOff(response: HttpResponse): void {
  if (isHttp2(response)) response.stream.destroy();
  else response.destroy();
}
