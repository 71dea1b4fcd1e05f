/** The request and response of node:http, and those of node:http2's compatibility API. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";

export type HttpRequest = IncomingMessage | Http2ServerRequest;
export type HttpResponse = ServerResponse | Http2ServerResponse;

/** Tells a response of HTTP/2 from one of HTTP/1. */
export function isHttp2(response: HttpResponse): response is Http2ServerResponse {
  return "stream" in response;
}

/** A request header by its lower-case name; several lines are joined. */
export function headerOf(request: HttpRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
