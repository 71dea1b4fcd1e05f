/**
 * The doors for gRPC, gRPC-Web and Connect, all by connect-node. Admission runs in its request
 * gate, before the body; everything else in the pipeline.
 */
import type {
  DescMethod,
  DescMethodServerStreaming,
  DescMethodUnary,
  Message,
} from "@bufbuild/protobuf";
import {
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type { UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";
import {
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { ApiError } from "../errors/api-error.ts";
import { type ReportBug, toApiError, toConnectError } from "../errors/to-wire.ts";
import { type MethodEntry, methodName } from "../rpc/method-table.ts";
import type { Admission } from "../rpc/pipeline.ts";
import { hasUsableAuthority } from "./authority.ts";
import type { HeldBody } from "./body-budget.ts";
import { type CallHeaders, checkCallHeaders, type TimeoutHeader } from "./call-headers.ts";
import { checkedRequest, checkedStream, checkQueryMessage } from "./checked-request.ts";
import { plainGrpcMessage } from "./grpc-message.ts";
import { originOf } from "./origin.ts";
import { enterGate, throwRefusal } from "./overload/enter-gate.ts";
import { type HttpRequest, type HttpResponse, isHttp2, pathOf, queryOf } from "./request.ts";
import { endAnswer, sendAnswer } from "./rest/answer.ts";
import { errorAnswer } from "./rest/json-error.ts";
import type { UnaryParts } from "./unary/call.ts";
import { acceptCompression } from "./unary/compression.ts";
import { serveConnect } from "./unary/connect.ts";
import { endUpload } from "./unread-body.ts";

export interface ConnectDoorParts extends UnaryParts {
  /** Registers what does not go through the pipeline: health and reflection. */
  readonly routes: (router: ConnectRouter) => void;
  /** Unary methods that connect-node is spared where it can be, by their paths. */
  readonly straight: ReadonlyMap<string, MethodEntry>;
  /** Aborts the streams of the pipeline at the stop. */
  readonly shutdownSignal: AbortSignal;
}

export interface ConnectDoor {
  /** Tells whether the door serves this path (without query). */
  serves(path: string): boolean;
  handle(request: HttpRequest, response: HttpResponse): void;
}

const admissionKey = createContextKey<Admission | undefined>(undefined);
const requestKey = createContextKey<HttpRequest | undefined>(undefined);
const heldKey = createContextKey<HeldBody | undefined>(undefined);

export function createConnectDoor(parts: ConnectDoorParts): ConnectDoor {
  const { types } = parts;
  const router = createConnectRouter({
    ...(types !== undefined && { jsonOptions: { registry: types } }),
    acceptCompression: [...acceptCompression],
    readMaxBytes: parts.maxBodyBytes,
    requestGate: (context) => admit(parts, context),
  });
  parts.routes(router);
  registerUnary(parts, router);
  registerStreams(parts, router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  return {
    serves: (path) => handlers.has(path),
    handle(request, response) {
      const handler = handlers.get(pathOf(request));
      if (handler === undefined) throw new Error("the door does not serve this path");
      // connect-node's own answers to a wrong verb and type say neither this nor what is allowed.
      response.setHeader("cache-control", "no-store");
      // connect-node makes a URL of it and would throw.
      if (!hasUsableAuthority(authorityOf(request))) {
        const detail = "the Host header or :authority cannot be read";
        sendAnswer(request, response, errorAnswer(new ApiError("malformed", { detail })));
        return;
      }
      const { allowedMethods } = handler;
      if (!allowedMethods.includes(request.method ?? "")) {
        const headers = { allow: [...allowedMethods].sort().join(", ") };
        return refuseVerb(request, response, new ApiError("wrongVerb", { headers }));
      }
      const entry = parts.straight.get(handler.requestPath);
      if (entry !== undefined && serveConnect(parts, entry, request, response)) return;
      const values = createContextValues().set(requestKey, request);
      const held = holdBody(parts, values);
      response.once("close", held.end);
      const universal = universalRequestFromNodeRequest(request, response, undefined, values);
      // Node tells of an HTTP/2 response that it is finished only when its stream is closed.
      const written = isHttp2(response) ? response.stream : response;
      written.once("finish", () => endUpload(request, response));
      const leave = enterGate(parts, handler.method, request.socket, values);
      handler(checked(parts, handler.method, universal, request, held))
        .finally(() => {
          if (handler.method.methodKind === "unary") held.end();
          leave();
        })
        .then((answer) => withPlainMessage(endedWith(response, answer)))
        .then((answer) => universalResponseToNodeResponse(answer, response))
        .catch((thrown: unknown) => abandon(thrown, response, parts.reportBug));
    },
  };
}

/** A client of the protocols reads the status alone; JSON would have to be an error of its protocol. */
function refuseVerb(request: HttpRequest, response: HttpResponse, error: ApiError): void {
  const { "content-type": type = "", "connect-protocol-version": version } = request.headers;
  if (version === undefined && !type.startsWith("application/grpc")) {
    sendAnswer(request, response, errorAnswer(error));
    return;
  }
  response.statusCode = 405;
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  endAnswer(request, response);
}

/** The trailers are complete only when the body is written, so they are looked at then. */
function withPlainMessage(answer: UniversalServerResponse): UniversalServerResponse {
  const { trailer } = answer;
  if (trailer === undefined) return answer;
  return {
    ...answer,
    get trailer() {
      return plainGrpcMessage(trailer);
    },
  };
}

function authorityOf(request: HttpRequest): string | undefined {
  return "authority" in request ? request.authority : request.headers.host;
}

/** Begins with a body, on the account of whoever will be admitted. */
function holdBody({ bodies }: ConnectDoorParts, values: ContextValues): HeldBody {
  const held = bodies.hold(() => {
    const admission = values.get(admissionKey);
    if (admission === undefined) throw new Error("a body was read before admission");
    return admission.caller();
  });
  values.set(heldKey, held);
  return held;
}

/** Largest message of a method. */
function maxBytesOf({ methods, maxBodyBytes }: ConnectDoorParts, method: DescMethod): number {
  return methods.get(methodName(method))?.maxBodyBytes ?? maxBodyBytes;
}

function checked(
  parts: ConnectDoorParts,
  method: DescMethod,
  universal: UniversalServerRequest,
  request: HttpRequest,
  held: HeldBody,
): UniversalServerRequest {
  const { input, methodKind } = method;
  const rules = {
    ...{ schema: input, maxBytes: maxBytesOf(parts, method) },
    ...{ held, types: parts.types, reportBug: parts.reportBug },
  };
  if (methodKind !== "unary") {
    return checkedStream(universal, request, rules, methodKind !== "server_streaming");
  }
  return checkedRequest(universal, request, rules);
}

/**
 * Lets what makes the messages of an answer end when its caller goes away. connect-node waits for ever with a
 * message that was not taken, and throws into its maker what made the writing fail, which is no error there.
 */
function endedWith(
  response: HttpResponse,
  answer: UniversalServerResponse,
): UniversalServerResponse {
  if (answer.body === undefined) return answer;
  const messages = answer.body[Symbol.asyncIterator]();
  const end = async (): Promise<IteratorResult<Uint8Array>> => {
    await messages.return?.();
    return { done: true, value: undefined };
  };
  // Whoever makes them has reported its own errors.
  response.once("close", () => void end().catch(() => undefined));
  const ended = { next: () => messages.next(), return: end, throw: end };
  return { ...answer, body: { [Symbol.asyncIterator]: () => ended } };
}

async function admit(parts: ConnectDoorParts, context: HandlerContext): Promise<void> {
  const { method } = context;
  context.responseHeader.set("cache-control", "no-store");
  await asConnectError(parts, async () => {
    const entry = parts.methods.get(methodName(method));
    if (entry === undefined) throw new ApiError("unknownPath");
    throwRefusal(context.values);
    const request = context.values.get(requestKey);
    if (request === undefined) throw new Error("the request is not at hand");
    const protocol = context.protocolName === "connect" ? "connectrpc" : "grpc";
    const origin = originOf(request, protocol, () => context.signal);
    const admission = await parts.pipeline.admit(entry, origin);
    context.values.set(admissionKey, admission);
    const query = context.requestMethod === "GET" ? queryOf(request) : undefined;
    checkCallHeaders(headersOf(context, query));
    if (query === undefined) return;
    const held = context.values.get(heldKey);
    if (held === undefined) throw new Error("nothing counts the message");
    const { types } = parts;
    const rules = { schema: method.input, maxBytes: maxBytesOf(parts, method), held, types };
    await checkQueryMessage(query, rules);
  });
}

function headersOf(context: HandlerContext, query: URLSearchParams | undefined): CallHeaders {
  const { method, protocolName, requestHeader, responseHeader } = context;
  const setHeader = (name: string, value: string) => responseHeader.set(name, value);
  const call = (encoding: string, accepts: string, timeoutHeader: TimeoutHeader) => ({
    encoding: query === undefined ? requestHeader.get(encoding) : query.get("compression"),
    accepts,
    timeoutHeader,
    timeout: requestHeader.get(timeoutHeader),
    setHeader,
  });
  if (protocolName !== "connect")
    return call("grpc-encoding", "grpc-accept-encoding", "grpc-timeout");
  const stream = method.methodKind === "unary" ? "" : "connect-";
  return call(`${stream}content-encoding`, `${stream}accept-encoding`, "connect-timeout-ms");
}

function registerUnary(parts: ConnectDoorParts, router: ConnectRouter): void {
  const served = new Set(router.handlers.map(({ method }) => methodName(method)));
  for (const { name, method } of parts.methods.values()) {
    if (method.methodKind !== "unary" || served.has(name)) continue;
    const handle = (request: Message, context: HandlerContext) =>
      asConnectError(parts, async () => {
        const reply = await parts.pipeline.call(admissionOf(context), () => request);
        for (const [header, value] of reply.headers) context.responseHeader.set(header, value);
        for (const [name, value] of reply.trailers ?? []) context.responseTrailer.set(name, value);
        return reply.message;
      });
    router.rpc(method as DescMethodUnary, handle, { readMaxBytes: maxBytesOf(parts, method) });
  }
}

function registerStreams(parts: ConnectDoorParts, router: ConnectRouter): void {
  for (const { method, stream } of parts.methods.values()) {
    if (stream === undefined) continue;
    const handle = async function* (request: Message, context: HandlerContext) {
      try {
        yield* parts.pipeline.stream(admissionOf(context), () => request, context.signal);
      } catch (thrown) {
        throw connectErrorOf(parts, thrown);
      }
    };
    const readMaxBytes = maxBytesOf(parts, method);
    const options = { readMaxBytes, shutdownSignal: parts.shutdownSignal };
    router.rpc(method as DescMethodServerStreaming, handle, options);
  }
}

function admissionOf({ values, method }: HandlerContext): Admission {
  const admission = values.get(admissionKey);
  if (admission === undefined) throw new Error(`${method.name} was not admitted`);
  return admission;
}

async function asConnectError<T>(parts: ConnectDoorParts, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw connectErrorOf(parts, thrown);
  }
}

function connectErrorOf({ reportBug }: ConnectDoorParts, thrown: unknown): ConnectError {
  return thrown instanceof ConnectError ? thrown : toConnectError(toApiError(thrown, reportBug));
}

/** An answer that could not be written: the caller is gone, or the answer is half out. */
function abandon(thrown: unknown, response: HttpResponse, reportBug: ReportBug): void {
  const gone = isHttp2(response) ? response.stream.destroyed : response.destroyed;
  if (!gone && !response.writableEnded) {
    reportBug(crypto.randomUUID(), thrown);
    response.destroy();
  }
}
