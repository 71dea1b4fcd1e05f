/** Tells HTTP/2 with prior knowledge from HTTP/1.1 by the first bytes of a connection. */
import type { Socket } from "node:net";

export type Protocol = "http1" | "http2";

/** One half of the port: takes over sockets whose first bytes spoke its protocol. */
export interface ProtocolServer {
  accept(socket: Socket): void;
  /** Lets what is under way finish and closes connections as they become idle. */
  drain(): void;
  /** Releases what is left when every socket is gone. */
  close(): void;
}

/** What every HTTP/2 client sends first (RFC 9113 section 3.4). */
const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/** The protocol that begins with these bytes; undefined while more are needed. */
export function protocolOf(bytes: Uint8Array): Protocol | undefined {
  const length = Math.min(bytes.length, preface.length);
  if (!preface.subarray(0, length).equals(bytes.subarray(0, length))) return "http1";
  return length === preface.length ? "http2" : undefined;
}

/** What becomes of a connection whose protocol is asked for. */
export interface Detection {
  /** The protocol is known; every byte can be read from the socket again. */
  found(protocol: Protocol): void;
  /** The bytes did not come in time. The socket is still open. */
  timedOut(): void;
}

/**
 * Waits for the first bytes of a new connection and puts them back. Calls back once, or never when
 * the socket closes before that.
 *
 * @param timeoutMs time for all the bytes that are needed, so that a drip does not prolong it
 */
export function detectProtocol(socket: Socket, timeoutMs: number, detection: Detection): void {
  let seen: Buffer = Buffer.alloc(0);
  const stop = () => {
    clearTimeout(timer);
    socket.off("readable", onReadable);
    socket.off("close", stop);
  };
  const onReadable = () => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = protocolOf(seen);
    if (protocol === undefined) return;
    stop();
    // In the same turn as read(): a client that has already sent FIN would otherwise end here.
    socket.unshift(seen);
    detection.found(protocol);
  };
  const timer = setTimeout(() => {
    stop();
    detection.timedOut();
  }, timeoutMs);
  socket.on("readable", onReadable);
  socket.on("close", stop);
}
