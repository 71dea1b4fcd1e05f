/** Frames of HTTP/2 written by hand, also such as no client would send. */
import { frameTypes } from "./http2-peer.ts";
import { frame } from "./port.ts";

export const flags = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

const fields = (method: string, path: string): readonly string[] => [
  ...[":method", method],
  ...[":scheme", "http"],
  ...[":path", path],
  ...[":authority", "a"],
];

/** The fields that a request must have. */
export const fieldsOf = {
  get: (path = "/") => fields("GET", path),
  post: (path = "/") => fields("POST", path),
} as const;

/** Fields, names and values in turn, as literals that nobody indexes (RFC 7541 section 6.2.2). */
export function literals(fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const [at, text] of fields.entries()) {
    if (at % 2 === 0) parts.push(Buffer.from([0]));
    parts.push(lengthOf(text), Buffer.from(text, "latin1"));
  }
  return Buffer.concat(parts);
}

function lengthOf(text: string): Buffer {
  if (text.length < 0x7f) return Buffer.from([text.length]);
  const rest = text.length - 0x7f;
  return Buffer.from([0x7f, 0x80 | (rest & 0x7f), 0x80 | ((rest >> 7) & 0x7f), rest >> 14]);
}

const whole = flags.endHeaders | flags.endStream;

/** HEADERS; by default with END_HEADERS and END_STREAM. */
export const headers = (
  stream: number,
  fields: readonly string[] | Buffer = fieldsOf.get(),
  flagBits: number = whole,
) =>
  frame(frameTypes.headers, flagBits, stream, Buffer.isBuffer(fields) ? fields : literals(fields));

/** HEADERS of a request whose body is still to come. */
export const open = (stream: number, ...more: readonly string[]) =>
  headers(stream, [...fieldsOf.post(), ...more], flags.endHeaders);

export const continuation = (stream: number, block: Buffer, flagBits: number = flags.endHeaders) =>
  frame(frameTypes.continuation, flagBits, stream, block);

export const data = (stream: number, bytes: Buffer | string = "", flagBits = 0) =>
  frame(frameTypes.data, flagBits, stream, Buffer.from(bytes));

export const lastData = (stream: number, bytes: Buffer | string = "") =>
  data(stream, bytes, flags.endStream);

/** Settings by their identifiers (RFC 9113 section 6.5.1). */
export const settings = (values: Readonly<Record<number, number>> = {}) => {
  const pairs = Object.entries(values).map(([identifier, value]) => {
    const pair = Buffer.alloc(6);
    pair.writeUInt16BE(Number(identifier));
    pair.writeUInt32BE(value, 2);
    return pair;
  });
  return frame(frameTypes.settings, 0, 0, Buffer.concat(pairs));
};

export const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

export const windowUpdate = (stream: number, increment: number) =>
  frame(frameTypes.windowUpdate, 0, stream, uint32(increment));

export const reset = (stream: number, code = 8) => frame(frameTypes.reset, 0, stream, uint32(code));

export const ping = (text = "12345678") => frame(frameTypes.ping, 0, 0, Buffer.from(text));

/** PRIORITY, or what HEADERS begin with that have this flag: exclusive bit, dependency, weight. */
export const priorityOn = (dependency: number) =>
  Buffer.concat([uint32(dependency), Buffer.from([15])]);
