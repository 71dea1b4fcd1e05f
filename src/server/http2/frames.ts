/** Frames as they are on the wire (RFC 9113 sections 4, 6 and 7). */

/** Bytes before the payload of every frame. */
export const frameHeadBytes = 9;

/** The SETTINGS_MAX_FRAME_SIZE of both sides, which is the least that there may be. */
export const maxFrameBytes = 16_384;

/** What every HTTP/2 client sends first (RFC 9113 section 3.4). */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flag = {
  none: 0,
  /** Of SETTINGS and PING. */
  ack: 0x1,
  /** Of DATA and HEADERS. */
  endStream: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const;

/** Why a stream or a connection ends. */
export const errorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

export type ErrorCode = (typeof errorCode)[keyof typeof errorCode];

/** One frame as it came. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** Identifier of the stream; 0 is the connection. */
  readonly stream: number;
  /** Part of a larger buffer, so whoever keeps little of it should copy that. */
  readonly payload: Buffer;
}

/** Bytes of a frame on the wire. */
export function sizeOf({ payload }: Frame): number {
  return frameHeadBytes + payload.length;
}

/** A connection error (RFC 9113 section 5.4.1). */
export class ConnectionError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * The payload without padding (RFC 9113 section 6.1).
 *
 * @throws ConnectionError when there is more padding than payload
 */
export function withoutPadding({ flags, payload }: Frame): Buffer {
  if ((flags & flag.padded) === 0) return payload;
  const [padding] = payload;
  if (padding === undefined) throw new ConnectionError(errorCode.frameSizeError, "no pad length");
  const end = payload.length - padding;
  if (end < 1) throw new ConnectionError(errorCode.protocolError, "the padding is too long");
  return payload.subarray(1, end);
}
