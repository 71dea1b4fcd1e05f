/** What a row of docs/bounds.md is made of and tried with. */
import type { ClientHttp2Session } from "node:http2";
import type { ServerLimits } from "../../../src/server/limits.ts";
import type { RawConnection, TestPort } from "../../support/port.ts";

/** A port to try, in cleartext or with TLS. */
export interface TriedPort extends TestPort {
  readonly limits: ServerLimits;
  /** A connection for raw bytes of this protocol. */
  raw(protocol: "http1" | "http2"): Promise<RawConnection>;
  session(): ClientHttp2Session;
}

/** A bound of the port. */
export interface PortBound {
  readonly bound: string;
  /** As the documentation shows it. */
  readonly limit: string;
  /** Smaller limits to try with, where the real ones would take many connections. */
  readonly triedWith?: Partial<ServerLimits>;
  /** Shorter times to go beyond, where the real ones would take long. */
  readonly shortened?: Partial<ServerLimits>;
  /** Has no meaning in cleartext. */
  readonly tlsOnly?: boolean;
  /** What a client sees at the limit and one beyond, with the reason that the log tells. */
  readonly outcomes: readonly [string, string];
  /**
   * Goes to the limit, or one beyond.
   *
   * @param over 0 or 1, to be added to the limit
   * @returns what the client saw
   */
  readonly reach: (port: TriedPort, over: 0 | 1) => Promise<string>;
}

/** Says what an HTTP/1.1 client saw until its connection ended: the statuses, or nothing. */
export function http1Outcome(received: string): string {
  const statuses = [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status);
  return statuses.length === 0 ? "connection ended" : statuses.join(", ");
}
