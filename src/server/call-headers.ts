/**
 * Headers of a call that connect-node would refuse itself, but without the details that every error
 * has here (contract.md section 9).
 */
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import { ApiError } from "../errors/api-error.ts";

/** Encodings of messages besides none, by all protocols of connect-node. */
const encodings = ["gzip", "br"] as const;

const known: ReadonlySet<string> = new Set(["identity", ...encodings]);

/** True for encodings that connect-node knows, and for none. */
export function isSharedEncoding(encoding: string | null): boolean {
  return encoding === null || known.has(encoding);
}

/** The headers in question. */
export interface CallHeaders {
  /** How the messages are compressed; null when that is not said. */
  readonly encoding: string | null;
  /** The header of answers that tells which encodings are known. */
  readonly accepts: string;
  /** Where the time limit stands. */
  readonly timeoutHeader: TimeoutHeader;
  /** The time limit as sent; null for none. */
  readonly timeout: string | null;
  /** Sets a header of the answer. */
  setHeader(name: string, value: string): void;
}

const timeoutParsers = {
  "connect-timeout-ms": parseConnectTimeout,
  "grpc-timeout": parseGrpcTimeout,
} as const;

export type TimeoutHeader = keyof typeof timeoutParsers;

/**
 * Checks the encoding of the messages and the deadline.
 *
 * @throws ApiError unknownEncoding, with what is known in the headers of the answer; malformed
 */
export function checkCallHeaders(call: CallHeaders): void {
  const { encoding, accepts, timeoutHeader, timeout } = call;
  if (!isSharedEncoding(encoding)) {
    const detail = `it must be ${encodings.join(" or ")}`;
    call.setHeader(accepts, encodings.join(","));
    throw new ApiError("unknownEncoding", { detail });
  }
  if (timeout !== null && readTimeout(timeoutHeader, timeout) === undefined) {
    throw new ApiError("malformed", { detail: `the header ${timeoutHeader} cannot be read` });
  }
}

/** @returns milliseconds; undefined for what cannot be read */
export function readTimeout(header: TimeoutHeader, value: string): number | undefined {
  const { timeoutMs, error } = timeoutParsers[header](value, Number.MAX_SAFE_INTEGER);
  return error === undefined ? timeoutMs : undefined;
}
