/** Where a call comes from, as its HTTP request says. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { CallOrigin, Protocol } from "../rpc/origin.ts";
import { type HttpRequest, type HttpResponse, headerOf } from "./request.ts";
import { peerOf } from "./tls/peer.ts";

/** @param signal makes the signal when somebody asks for it */
export function originOf(
  request: HttpRequest,
  protocol: Protocol,
  signal: () => AbortSignal,
): CallOrigin {
  return {
    protocol,
    header(name) {
      const value = headerOf(request, name);
      // HTTP/2 has :authority in its place (RFC 9113 section 8.3.1).
      return name === "host" ? (value ?? headerOf(request, ":authority")) : value;
    },
    peer: peerOf(request),
    signal,
  };
}

/** A signal that is aborted when the connection ends before the answer is out. */
export function callerGone(response: HttpResponse): AbortSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(new ConnectError("the caller is gone", Code.Canceled));
  if (response.destroyed) abort();
  else response.once("close", abort);
  return controller.signal;
}
