/** What becomes of a body that its answer did not wait for. */
import type { IncomingMessage } from "node:http";
import { constants } from "node:http2";
import type { Readable, Writable } from "node:stream";
import { type HttpRequest, type HttpResponse, isHttp2 } from "./request.ts";

/** Unread body bytes that are taken from a client that has been answered already. */
export const lingerBytes = 1024 * 1024;
/** How long such a client may go on before it is cut off, in milliseconds. */
export const lingerTime = 1000;

/**
 * Reads a bounded rest of the body, then waits; calls `cutOff` when time is up.
 *
 * @param until whose close ends the wait
 */
export function discardRest(body: Readable, until: Readable | Writable, cutOff: () => void): void {
  let left = lingerBytes;
  const discard = (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) body.pause();
  };
  const timer = setTimeout(() => {
    // When the process stood still, timers come before what came in meanwhile.
    setImmediate(() => {
      body.off("data", discard);
      cutOff();
    });
  }, lingerTime).unref();
  until.once("close", () => clearTimeout(timer));
  body.on("data", discard);
  body.resume();
}

/**
 * Ends the upload of a request whose answer is written; does nothing when the body is here. Without it
 * a client that has a lot left to send, and reads the answer only then, would wait for ever.
 */
export function endUpload(request: HttpRequest, response: HttpResponse): void {
  if (!isHttp2(response)) {
    endHttp1Upload(request as IncomingMessage);
    return;
  }
  const { stream } = response;
  if (stream.destroyed || stream.endAfterHeaders || stream.readableEnded) return;
  forgetReaders(request);
  discardRest(request, response, () => {
    // NO_ERROR asks the client to stop sending and keep the answer (RFC 9113 section 8.1).
    stream.close(constants.NGHTTP2_NO_ERROR);
    // A stream is closed without an error only when all that has come in was read.
    request.resume();
  });
}

/** The connection goes on when little is left of the body, else it ends. */
function endHttp1Upload(request: IncomingMessage): void {
  if (request.destroyed || request.readableEnded) return;
  forgetReaders(request);
  if (request.complete) {
    // Bytes that nobody takes out of the buffer would keep the next request from being read.
    request.resume();
    return;
  }
  discardRest(request, request, () => {
    // When all of the body came in, the connection may be about the next request already.
    if (request.complete) request.resume();
    else request.destroy();
  });
}

/**
 * connect-node leaves off reading at one message too many, without a word to the iterator, whose listener would
 * then keep the body from flowing, and from ever ending.
 */
function forgetReaders(request: HttpRequest): void {
  request.removeAllListeners("readable");
}
