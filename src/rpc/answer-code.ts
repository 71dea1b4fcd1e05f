import { Code, ConnectError } from "@connectrpc/connect";
import { ApiError } from "../errors/api-error.ts";
import { ClientGone } from "../errors/client-gone.ts";
import { StoreError } from "../store/store.ts";

/** The code that a caller sees for what was thrown: to-wire.ts makes the same of it. */
export function codeOf(thrown: unknown): Code {
  if (thrown instanceof ApiError) return thrown.entry.code;
  // Why a stream ended: its caller is gone, or the server stops.
  if (thrown instanceof ConnectError) return thrown.code;
  if (thrown instanceof ClientGone) return Code.Canceled;
  const isAway = thrown instanceof StoreError && thrown.code === "unavailable";
  return isAway ? Code.Unavailable : Code.Internal;
}

/** "InvalidArgument" as "invalid_argument". */
export function nameOf(code: Code): string {
  return Code[code].replaceAll(/(?<=[a-z])[A-Z]/g, "_$&").toLowerCase();
}
