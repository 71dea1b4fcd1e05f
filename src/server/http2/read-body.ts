import { ClientGone } from "../../errors/client-gone.ts";
import { GrowingBytes } from "../growing-bytes.ts";
import { type BodyReading, bodyTooLarge } from "../rest/read-body.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * Reads the body of a request as it was sent; the usual one, which is here already, without waiting.
 *
 * @returns rejects, as it throws, with ApiError bodyTooLarge, tooManyBodies; ClientGone
 */
export function readStreamBody(
  stream: Http2Stream,
  reading: BodyReading,
): Uint8Array | Promise<Uint8Array> {
  const { maxBytes, held } = reading;
  const { body, head } = stream;
  if ((head.contentLength ?? 0) > maxBytes) throw bodyTooLarge(maxBytes);
  if (stream.destroyed) throw new ClientGone();
  const whole = body.takeWhole();
  if (whole === undefined) return collect(stream, reading);
  if (whole.length > maxBytes) throw bodyTooLarge(maxBytes);
  held.take(whole.length);
  return whole;
}

/** Collects the bytes; stops at the first one over a bound. */
function collect(stream: Http2Stream, { maxBytes, held }: BodyReading): Promise<Uint8Array> {
  const { body } = stream;
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const collected = new GrowingBytes();
  body.read({
    data(piece) {
      try {
        if (collected.length + piece.length > maxBytes) throw bodyTooLarge(maxBytes);
        held.take(piece.length);
        collected.add(piece);
      } catch (refusal) {
        body.pause();
        reject(refusal);
      }
    },
    end: () => resolve(collected.bytes()),
  });
  // Of no effect once the body has ended.
  stream.once("close", () => reject(new ClientGone()));
  return promise;
}
