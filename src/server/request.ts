/** What the port hands to the front doors, whatever the HTTP version. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders } from "node:http2";
import type { Exchange } from "./http1/exchange.ts";
import type { Http2Stream } from "./http2/stream.ts";

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** What a request says before its body, whatever it came by. */
export type RequestHead = Pick<HttpRequest, "method" | "url" | "headers">;

/** Tells a response of HTTP/2 from one of HTTP/1. */
export function isHttp2(response: HttpResponse): response is Http2ServerResponse {
  return "stream" in response;
}

/** A request header by its lower-case name; several lines are joined. */
export function headerOf(request: Pick<RequestHead, "headers">, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

/**
 * Listens for the errors of a request and its response, unless somebody does: one that nobody listens for, as
 * of an aborted connection, ends the process.
 */
export function ignoreErrors(request: HttpRequest, response: HttpResponse): void {
  if (request.listenerCount("error") === 0) request.on("error", ignore);
  if (response.listenerCount("error") === 0) response.on("error", ignore);
}

function ignore(): void {}

/** The path of a request without its query. */
export function pathOf(request: RequestHead): string {
  const { url = "" } = request;
  const mark = url.indexOf("?");
  return mark < 0 ? url : url.slice(0, mark);
}

/** The query of a request. */
export function queryOf({ url = "" }: RequestHead): URLSearchParams {
  const mark = url.indexOf("?");
  return new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
}

/** Answers one request. It must not throw; what it starts must end the response. */
export type RequestHandler = (request: HttpRequest, response: HttpResponse) => void;

/**
 * Takes a stream of HTTP/2 before it becomes a request; false leaves it to the {@link RequestHandler}.
 * It must not throw; what it starts must end the stream.
 */
export type StreamHandler = (stream: Http2Stream, headers: IncomingHttpHeaders) => boolean;

/**
 * Takes a plain request of HTTP/1.1; false leaves it to the {@link RequestHandler}. It must not throw; what it
 * starts must answer.
 */
export type ExchangeHandler = (exchange: Exchange) => boolean;

/** What answers the requests of a port. */
export interface RequestHandlers {
  readonly onRequest: RequestHandler;
  readonly onExchange?: ExchangeHandler | undefined;
  /** Not asked where node:http2 serves. */
  readonly onStream?: StreamHandler | undefined;
}

/** Why the server ended a connection or a request on its own account. */
export type CutReason =
  | "accept-failed"
  | "too-many-connections"
  | "slow-handshake"
  | "failed-handshake"
  | "refused-certificate"
  | "slow-first-byte"
  | "slow-request"
  | "slow-reader"
  | "long-stream"
  | "malformed-request"
  | "too-many-pipelined"
  | "rapid-reset"
  | "control-flood";

/** Learns of every cut, for counters and the log. */
export type OnCut = (reason: CutReason) => void;

/**
 * Answers `Expect: 100-continue` when the body is first read. Node would send the 100 before the
 * handler runs, and so invite a body of which a refused caller must not have a byte read
 * (contract.md section 2). A handler that refuses without reading sends no 100 at all, and over
 * HTTP/1.1 Node then closes the connection after the answer. No 100 is needed either when the
 * client did not wait and part of the body is here.
 *
 * Only reads of the request itself count: who reads the HTTP/2 stream below it must call
 * `writeContinue`.
 */
export function continueOnRead(request: HttpRequest, response: HttpResponse): void {
  const read = request._read;
  request._read = (size: number) => {
    request._read = read;
    if (!response.headersSent && request.readableLength === 0) response.writeContinue();
    read.call(request, size);
  };
}
