/** Makes sure again and again that a target is still there, through restarts of the server. */
import { setTimeout as delay } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";

export interface KeepOptions {
  /** Renews or looks; rejects with what the server says. */
  readonly look: () => Promise<void>;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** Milliseconds between two looks while no server answers. */
  readonly retryEvery: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told once when no server answers any more, with the error, and once when one does again. */
  readonly onAway: (error: ConnectError) => void;
  readonly onBack: () => void;
}

/**
 * Looks until the signal.
 *
 * @throws ConnectError when waiting will not help: the target is gone, or the token may not look any more
 */
export async function keep(options: KeepOptions): Promise<void> {
  const { look, every, retryEvery, signal, onAway, onBack } = options;
  let isAway = false;
  while (await waited(isAway ? retryEvery : every, signal)) {
    try {
      await look();
      if (isAway) onBack();
      isAway = false;
    } catch (error) {
      if (!(error instanceof ConnectError) || isFinal(error)) throw error;
      if (!isAway) onAway(error);
      isAway = true;
    }
  }
}

/** Resolves with false when the signal came first. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return delay(milliseconds, true, { signal }).catch(() => false);
}

const final: ReadonlySet<Code> = new Set([
  ...[Code.NotFound, Code.PermissionDenied, Code.Unauthenticated, Code.InvalidArgument],
  Code.Unimplemented,
]);

/** The feature that is switched off may be switched on again. */
function isFinal(error: ConnectError): boolean {
  const [info] = error.findDetails(ErrorInfoSchema);
  return final.has(error.code) || info?.reason === "TARGET_NOT_TEMPORARY";
}
