/** REST/JSON in front of the unary methods that have a google.api.http annotation. */
import type { Message } from "@bufbuild/protobuf";
import { ApiError } from "../../errors/api-error.ts";
import { type ReportBug, toApiError } from "../../errors/to-wire.ts";
import type { MethodTable } from "../../rpc/method-table.ts";
import type { Pipeline, Reply } from "../../rpc/pipeline.ts";
import type { BodyBudget } from "../body-budget.ts";
import { callerGone, originOf } from "../origin.ts";
import { type HttpRequest, type HttpResponse, isHttp2 } from "../request.ts";
import { type Answer, sendAnswer } from "./answer.ts";
import { etagReader, type ReadEtag } from "./etag.ts";
import { errorAnswer } from "./json-error.ts";
import { splitTarget } from "./raw-path.ts";
import { ClientGone, readBody } from "./read-body.ts";
import { compileRoutes, type Route } from "./routes.ts";
import { type RestRequest, requestDecoder, responseEncoder } from "./transcode.ts";
import type { Found, RouteTrie } from "./trie.ts";

/** What the door needs. */
export interface RestDoorParts {
  readonly pipeline: Pipeline;
  readonly methods: MethodTable;
  /** Bound on a request body, in bytes, as sent and as inflated, where the method has none. */
  readonly maxBodyBytes: number;
  readonly bodies: BodyBudget;
  readonly reportBug: ReportBug;
}

/** Serves a request of node:http, or of node:http2's compatibility API; answers every path. */
export type RestDoor = (request: HttpRequest, response: HttpResponse) => void;

/**
 * Compiles the routes.
 *
 * @throws Error when the annotations are wrong; see {@link compileRoutes}
 */
export function createRestDoor(parts: RestDoorParts): RestDoor {
  const serving = { ...parts, routes: compileRoutes(parts.methods, compile) };
  return (request, response) => {
    // Without a listener an aborted connection would end the process.
    request.on("error", ignore);
    response.on("error", ignore);
    serve(serving, request, response).catch((thrown: unknown) => {
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

interface Serving extends RestDoorParts {
  readonly routes: RouteTrie<CompiledRoute>;
}

async function serve(
  serving: Serving,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  let answer: Answer;
  try {
    answer = await answerTo(serving, request, response);
  } catch (thrown) {
    if (thrown instanceof ClientGone) return;
    answer = errorAnswer(toApiError(thrown, serving.reportBug));
  }
  sendAnswer(request, response, answer);
}

/** The order is that of contract.md section 2: nothing of the body is read before admission. */
async function answerTo(
  serving: Serving,
  request: HttpRequest,
  response: HttpResponse,
): Promise<Answer> {
  const { path, query } = splitTarget(request.url ?? "");
  const { route: compiled, segments } = findRoute(serving.routes, request.method ?? "", path);
  const { entry, verb, body: bodyRule } = compiled.route;
  const origin = originOf(request, "rest", () => callerGone(response));
  const admission = await serving.pipeline.admit(entry, origin);
  // A body that DELETE has no use for may still hold an etag, which must not be lost unseen.
  const wanted = bodyRule !== "none" || verb === "DELETE";
  using held = serving.bodies.hold(() => admission.caller);
  const reading = { maxBytes: entry.maxBodyBytes ?? serving.maxBodyBytes, held };
  const body = wanted ? await readBody(request, reading) : new Uint8Array();
  const ifMatch = origin.header("if-match");
  const decode = () => compiled.decode({ segments, query, ifMatch, body });
  return replyAnswer(compiled, await serving.pipeline.call(admission, decode));
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
