/** Where a call comes from, whatever door it came through. */
import type { HeaderReader } from "../auth/identity.ts";

export interface CallOrigin {
  /** Request headers. "host" is also there when HTTP/2 sends it as :authority. */
  readonly header: HeaderReader;
  /** Subject of the client certificate of the connection; undefined when there is none. */
  readonly certificate: string | undefined;
  /** IP address of the peer of the connection; undefined when it is gone already. */
  readonly remoteAddress: string | undefined;
  /** Aborted when the caller gives up or its deadline has passed. Made when it is first asked for. */
  signal(): AbortSignal;
}
