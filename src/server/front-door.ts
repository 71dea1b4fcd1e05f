/** Sends each request of the port to the door that serves it, by path and content type alone. */
import { errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { ApiError } from "../errors/api-error.ts";
import { toConnectError } from "../errors/to-wire.ts";
import type { MethodTable } from "../rpc/method-table.ts";
import type { ConnectDoor } from "./connect.ts";
import type { CorsFields } from "./cors.ts";
import { plainGrpcMessage } from "./grpc-message.ts";
import type { OpsDoor } from "./ops.ts";
import {
  type ExchangeHandler,
  type HttpRequest,
  type HttpResponse,
  pathOf,
  type RequestHandler,
  type RequestHead,
} from "./request.ts";
import { allowedMethods } from "./rest/allowed-methods.ts";
import { sendAnswer } from "./rest/answer.ts";
import type { RestDoor } from "./rest/door.ts";
import { endUpload } from "./unread-body.ts";

export interface Doors {
  readonly ops: OpsDoor;
  readonly connect: ConnectDoor;
  /** Takes whatever no other door does, unknown paths included. */
  readonly rest: RestDoor;
}

/** Creates the handler of the port. */
export function createFrontDoor({ ops, connect, rest }: Doors): RequestHandler {
  return (request, response) => {
    const path = pathOf(request);
    if (ops.serves(path, request)) ops.handle(request, response);
    else if (connect.serves(path)) connect.handle(request, response);
    else if (isGrpc(request)) answerUnknownGrpcMethod(request, response);
    else if (isConnect(request)) answerUnknownConnectMethod(request, response);
    else rest.handle(request, response);
  };
}

/**
 * Takes what the front door would send to a route of REST: no route has the path of another door, but one of
 * two segments may be called as if it were a method.
 */
export function createExchangeDoor(
  { rest }: Pick<Doors, "rest">,
  corsFields: CorsFields,
): ExchangeHandler {
  return (exchange) => {
    if (isGrpc(exchange) || isConnect(exchange)) return false;
    const { origin } = exchange.headers;
    exchange.setFields(corsFields(origin));
    return rest.take(exchange);
  };
}

/**
 * Tells which HTTP methods a path takes, whatever door it leads to; none where nothing is.
 */
export function methodsAt(
  { ops, connect }: Omit<Doors, "rest">,
  methods: MethodTable,
): (path: string) => readonly string[] {
  const restMethods = allowedMethods(methods);
  return (path) => {
    if (ops.serves(path)) return ["GET", "HEAD"];
    return connect.serves(path) ? ["GET", "POST"] : restMethods(path);
  };
}

/** Both protocols name every method by two segments. */
const methodPath = /^\/[^/]+\/[^/]+$/;

/** What else has the type of gRPC is a mistake of a REST client. */
function isGrpc(request: RequestHead): boolean {
  const type = request.headers["content-type"] ?? "";
  return type.startsWith("application/grpc") && methodPath.test(pathOf(request));
}

/** Clients of Connect say so (connectrpc.com/docs/protocol, "Unary-Request"). */
function isConnect(request: RequestHead): boolean {
  const version = request.headers["connect-protocol-version"];
  return version !== undefined && methodPath.test(pathOf(request));
}

function answerUnknownConnectMethod(request: HttpRequest, response: HttpResponse): void {
  const error = toConnectError(new ApiError("unknownMethod"));
  const body = Buffer.from(errorToJsonBytes(error, undefined)).toString();
  sendAnswer(request, response, { status: 404, headers: {}, body });
}

/** gRPC clients read the status from the headers of an answer without a body, never from HTTP's. */
function answerUnknownGrpcMethod(request: HttpRequest, response: HttpResponse): void {
  const web = request.headers["content-type"]?.startsWith("application/grpc-web") === true;
  response.setHeader("content-type", web ? "application/grpc-web" : "application/grpc");
  response.setHeader("cache-control", "no-store");
  const error = toConnectError(new ApiError("unknownMethod"));
  const status = plainGrpcMessage(setTrailerStatus(new Headers(), error));
  for (const [name, value] of status) response.setHeader(name, value);
  response.end();
  endUpload(request, response);
}
