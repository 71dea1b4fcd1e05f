/** Raw HTTP/2 (RFC 9113): bytes that no well-meaning client sends, and what comes back. */
import { frame, frames, type RawConnection } from "../../support/port.ts";

/** Error codes by number (RFC 9113 section 7). */
const codeNames = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
];

export const http2Frames = {
  ...frames,
  /** POST / of authority "a" whose body is still to come. */
  post: (stream: number) =>
    frame(1, 0x4, stream, Buffer.from([0x83, 0x86, 0x84, 0x01, 0x01, 0x61])),
  /** SETTINGS with an INITIAL_WINDOW_SIZE of 0, so that no byte of an answer may be sent. */
  noWindow: frame(4, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])),
  /** DATA without a byte that does not end its stream. */
  emptyData: (stream: number) => frame(0, 0, stream),
  /** WINDOW_UPDATE of the connection by one byte. */
  windowUpdate: frame(8, 0, 0, Buffer.from([0, 0, 0, 1])),
  /** PRIORITY of a stream that is not open. */
  priority: frame(2, 0, 9003, Buffer.from([0, 0, 0, 0, 16])),
  ping: frame(6, 0, 0, Buffer.alloc(8)),
  /** GET / whose headers need so many CONTINUATION frames more. */
  continued: (stream: number, continuations: number) => {
    const fields = Buffer.from([0x82, 0x86, 0x84, 0x01, 0x01, 0x61]);
    const rest = Array.from({ length: continuations }, (_, index) =>
      frame(9, index === continuations - 1 ? 0x4 : 0, stream),
    );
    return Buffer.concat([frame(1, continuations === 0 ? 0x5 : 0x1, stream, fields), ...rest]);
  },
};

/** Sends the frames on a new connection, then a GET, and says what the client saw. */
export async function flood(
  { socket, received }: RawConnection,
  sent: readonly Buffer[],
): Promise<string> {
  const { preface, settings, get, goaway } = http2Frames;
  socket.write(Buffer.concat([preface, settings, ...sent, get(9001), goaway]));
  return http2Outcome(Buffer.from(await received, "latin1"), 9001);
}

/**
 * What ended the connection, or a stream of it; else whether the stream was answered. A GOAWAY that
 * says why may or may not arrive before the connection is gone, so both are the same here.
 */
export function http2Outcome(bytes: Buffer, stream: number): string {
  const resets = new Set<string>();
  let answered = false;
  let ended = false;
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    const type = bytes[at + 3];
    if (type === 7 && bytes.readUInt32BE(at + 13) !== 0) ended = true;
    if (type === 3) resets.add(`RST_STREAM ${resetName(bytes.readUInt32BE(at + 9))}`);
    if (type === 1 && bytes.readUInt32BE(at + 5) === stream) answered = true;
  }
  if (ended || (resets.size === 0 && !answered)) return "connection ended";
  return resets.size === 0 ? "answered" : [...resets].join(", ");
}

/** The name of an error code. */
export function resetName(code: number): string {
  return codeNames[code] ?? String(code);
}
