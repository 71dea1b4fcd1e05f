/** Where a call comes from, whatever door it came through. */
import type { HeaderReader, Peer } from "../auth/identity.ts";

/** How the caller speaks: gRPC and gRPC-Web, Connect, or REST. */
export type Protocol = "grpc" | "connectrpc" | "rest";

export interface CallOrigin {
  readonly protocol: Protocol;
  /**
   * Request headers, which do not change: calls with equal ones may share it. "host" is also there when
   * HTTP/2 sends it as :authority.
   */
  readonly header: HeaderReader;
  readonly peer: Peer;
  /** Aborted when the caller gives up or its deadline has passed. Made when it is first asked for. */
  signal(): AbortSignal;
}
