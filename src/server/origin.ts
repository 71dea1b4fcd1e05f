/** Where a call comes from, as its HTTP request says. */
import type { Socket } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import type { HeaderReader } from "../auth/identity.ts";
import type { CallOrigin, Protocol } from "../rpc/origin.ts";
import { readTimeout, type TimeoutHeader } from "./call-headers.ts";
import { type HttpRequest, headerOf } from "./request.ts";
import { peerOf } from "./tls/peer.ts";

/** The headers of a call, and the connection it came by; undefined when that is gone. */
export interface CallSource extends Pick<HttpRequest, "headers"> {
  readonly socket: Socket | undefined;
}

/** @param signal makes the signal when somebody asks for it */
export function originOf(
  source: CallSource,
  protocol: Protocol,
  signal: () => AbortSignal,
): CallOrigin {
  return { protocol, header: headerReader(source), peer: peerOf(source.socket), signal };
}

/** Reads headers that do not change. */
export function headerReader(source: Pick<HttpRequest, "headers">): HeaderReader {
  return (name) => {
    const value = headerOf(source, name);
    // HTTP/2 has :authority in its place (RFC 9113 section 8.3.1).
    return name === "host" ? (value ?? headerOf(source, ":authority")) : value;
  };
}

/** What is closed when the caller is gone, or its answer out. */
interface Closing {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
}

/** A time limit as the caller has sent it. */
export interface TimeLimit {
  readonly header: TimeoutHeader;
  /** Null for none. */
  readonly value: string | null;
}

/** Longest time that a timer can wait, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * A signal that is aborted when the connection ends before the answer is out, or the time of the
 * caller is up.
 */
export function callSignal(answer: Closing, limit?: TimeLimit): AbortSignal {
  const controller = new AbortController();
  const abort = (text: string, code: Code) => controller.abort(new ConnectError(text, code));
  const gone = () => abort("the caller is gone", Code.Canceled);
  if (answer.destroyed) gone();
  else answer.once("close", gone);
  const timeout = limit?.value == null ? undefined : readTimeout(limit.header, limit.value);
  if (timeout === undefined || timeout > longestTimer) return controller.signal;
  const late = () => abort("the time of the call is up", Code.DeadlineExceeded);
  const timer = setTimeout(late, timeout);
  answer.once("close", () => clearTimeout(timer));
  return controller.signal;
}
