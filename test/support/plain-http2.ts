/** One HTTP/2 request at a time without a client library, so that every answer shows as it came. */
import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";

/** What came back: all of a finished answer, or the beginning of one that goes on. */
export interface PlainAnswer {
  readonly status: number;
  /** Header and trailer fields together. */
  readonly fields: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface PlainClient {
  /**
   * Sends a request.
   *
   * @param whole false takes the first piece of the body for the answer and then resets the stream
   */
  send(headers: OutgoingHttpHeaders, body: Uint8Array, whole: boolean): Promise<PlainAnswer>;
  close(): Promise<void>;
}

export async function openPlainClient(url: string): Promise<PlainClient> {
  const session: ClientHttp2Session = connect(url);
  await once(session, "connect");
  return {
    async send(headers, body, whole) {
      const stream = session.request(headers, { endStream: body.length === 0 });
      let fields: IncomingHttpHeaders = {};
      const note = (more: IncomingHttpHeaders) => {
        fields = { ...fields, ...more };
      };
      let trailers: IncomingHttpHeaders = {};
      stream.on("response", note).on("trailers", (more) => {
        trailers = more;
        note(more);
      });
      if (body.length > 0) stream.end(body);
      const chunks: Buffer[] = [];
      for await (const chunk of stream) {
        chunks.push(chunk);
        if (!whole) break;
      }
      const answer = Buffer.concat(chunks);
      return { status: Number(fields[":status"]), fields, trailers, body: answer };
    },
    async close() {
      session.close();
      await once(session, "close");
    },
  };
}

/** Puts a message behind the five bytes that gRPC and streams of Connect want before it. */
export function enveloped(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
