import { lingerBytes, lingerTime } from "../unread-body.ts";
import { errorCode } from "./frames.ts";
import type { Http2Stream } from "./stream.ts";

/**
 * Ends the upload of a request that is answered: takes a bounded rest of its body, and asks the client to stop
 * when it goes on (RFC 9113 section 8.1).
 */
export function discardUpload(stream: Http2Stream): void {
  const { body } = stream;
  if (stream.destroyed || body.ended) return;
  let left = lingerBytes;
  body.read({
    data(bytes) {
      left -= bytes.length;
      if (left < 0) body.pause();
    },
    end() {},
  });
  const timer = setTimeout(() => stream.close(errorCode.noError), lingerTime).unref();
  stream.once("close", () => clearTimeout(timer));
}
