/** REST/JSON in front of the unary methods that have a google.api.http annotation. */
import type { Message } from "@bufbuild/protobuf";
import { ApiError } from "../../errors/api-error.ts";
import type { Reply } from "../../rpc/pipeline.ts";
import type { Exchange } from "../http1/exchange.ts";
import { callSignal, originOf } from "../origin.ts";
import { formsOf } from "../overload/refusal.ts";
import { type HttpRequest, type HttpResponse, ignoreErrors, isHttp2 } from "../request.ts";
import { serveUnary, type UnaryCall, type UnaryParts } from "../unary/call.ts";
import { type Answer, answerFields, noHeaders, sendAnswer } from "./answer.ts";
import { etagReader, type ReadEtag } from "./etag.ts";
import { errorAnswer } from "./json-error.ts";
import { splitTarget } from "./raw-path.ts";
import { readBody } from "./read-body.ts";
import { compileRoutes, type Route } from "./routes.ts";
import { type RestRequest, requestDecoder, responseEncoder } from "./transcode.ts";
import type { Found, NotFound } from "./trie.ts";

/** Answers every path. */
export interface RestDoor {
  /** Serves a request of node:http, or of node:http2's compatibility API. */
  handle(request: HttpRequest, response: HttpResponse): void;
  /** Serves a request that is no stream of Node, if there is a route for it. */
  take(exchange: Exchange): boolean;
}

/** Where a request is answered. */
interface AnswerPlace {
  send(answer: Answer): void;
  /** Aborted when the caller is gone. */
  signal(): AbortSignal;
  /** Ends what cannot be answered. */
  cutOff(): void;
}

/**
 * Compiles the routes.
 *
 * @throws Error when the annotations are wrong; see {@link compileRoutes}
 */
export function createRestDoor(parts: UnaryParts): RestDoor {
  const routes = compileRoutes(parts.methods, compile);
  const serve = (begin: () => UnaryCall, { cutOff }: AnswerPlace) => {
    serveUnary(parts, begin).catch((thrown: unknown) => {
      parts.reportBug(crypto.randomUUID(), thrown);
      cutOff();
    });
  };
  return {
    handle(request, response) {
      ignoreErrors(request, response);
      const place = placeOf(request, response);
      const { path, query } = splitTarget(request.url ?? "");
      const found = routes.find(request.method ?? "", path);
      if (found.kind === "not-found") place.send(errorAnswer(noRoute(found)));
      else serve(() => restCall(found, query, request, place), place);
    },
    take(exchange) {
      const { path, query } = splitTarget(exchange.url);
      const found = routes.find(exchange.method, path);
      if (found.kind === "not-found") return false;
      const place = placeIn(exchange);
      serve(() => restCall(found, query, exchange, place), place);
      return true;
    },
  };
}

function placeOf(request: HttpRequest, response: HttpResponse): AnswerPlace {
  return {
    send: (answer) => sendAnswer(request, response, answer),
    signal: () => callSignal(response),
    cutOff: () => cutOff(response),
  };
}

function placeIn(exchange: Exchange): AnswerPlace {
  return {
    send: (answer) => exchange.answer(answer.status, answerFields(answer), answer.body),
    signal: () => callSignal(exchange),
    cutOff: () => void exchange.socket.destroy(),
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

const nothing = new Uint8Array();
const failureAnswer = formsOf(errorAnswer);

function restCall(
  { route: compiled, segments }: Found<CompiledRoute>,
  query: string,
  request: HttpRequest | Exchange,
  place: AnswerPlace,
): UnaryCall {
  const { entry, verb, body: bodyRule } = compiled.route;
  const origin = originOf(request, "rest", place.signal);
  // A body that DELETE has no use for may still hold an etag, which must not be lost unseen.
  const wanted = bodyRule !== "none" || verb === "DELETE";
  return {
    entry,
    connection: request.socket,
    origin,
    read(reading) {
      const ifMatch = origin.header("if-match");
      const decode = (body: Uint8Array) => () =>
        compiled.decode({ segments, query, ifMatch, body });
      const body = wanted ? readBody(request, reading) : nothing;
      return body instanceof Uint8Array ? decode(body) : body.then(decode);
    },
    answer: (reply) => place.send(replyAnswer(compiled, reply)),
    fail: (error) => place.send(failureAnswer(error)),
  };
}

function noRoute({ allow }: NotFound): ApiError {
  if (allow.length === 0) return new ApiError("unknownPath");
  return new ApiError("wrongVerb", { headers: { allow: allow.join(", ") } });
}

function replyAnswer({ encode, etag }: CompiledRoute, { message, headers: given }: Reply): Answer {
  const tag = etag?.(message);
  const body = encode(message);
  if (given.size === 0 && tag === undefined) return { status: 200, headers: noHeaders, body };
  const headers: Record<string, string> = Object.fromEntries(given);
  if (tag !== undefined) headers.etag = tag;
  return { status: 200, headers, body };
}

function cutOff(response: HttpResponse): void {
  if (isHttp2(response)) response.stream.destroy();
  else response.destroy();
}
