/** What becomes of a body that its answer did not wait for. */
import { constants } from "node:http2";
import { type HttpRequest, type HttpResponse, isHttp2 } from "./request.ts";

/** Unread body bytes that are taken from a client that has been answered already. */
const lingerBytes = 1024 * 1024;
/** How long such a client may go on before it is cut off, in milliseconds. */
const lingerTime = 1000;

/** Reads a bounded rest of the body, then waits; calls `cutOff` when time is up. */
export function discardRest(
  request: HttpRequest,
  response: HttpResponse,
  cutOff: () => void,
): void {
  let left = lingerBytes;
  const discard = (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) request.pause();
  };
  const timer = setTimeout(() => {
    request.off("data", discard);
    cutOff();
  }, lingerTime).unref();
  response.once("close", () => clearTimeout(timer));
  request.on("data", discard);
  request.resume();
}

/**
 * Ends the upload of an HTTP/2 request whose answer is written; does nothing when the body is here,
 * or over HTTP/1.1. NO_ERROR asks the client to stop sending and keep the answer (RFC 9113 section
 * 8.1). Without it the stream would stay open as long as the client has something left to send.
 */
export function endUpload(request: HttpRequest, response: HttpResponse): void {
  if (!isHttp2(response)) return;
  const { stream } = response;
  if (stream.destroyed || stream.endAfterHeaders || stream.readableEnded) return;
  discardRest(request, response, () => {
    stream.close(constants.NGHTTP2_NO_ERROR);
    // Node closes a stream without an error only when all that has come in was read.
    request.resume();
  });
}
