/** Repeats calls whose answer was lost, and those that a server cannot serve just now. */
import { setTimeout as wait } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { isConnectionFailure, wasCutOff } from "../connection-failure.ts";

/** Waits before the repetitions, in milliseconds. */
const delays = [100, 500, 2_000];

/**
 * @param call must be safe to repeat
 * @throws what the last repetition threw, or what repeating cannot help
 */
export async function repeated<T>(call: () => Promise<T>): Promise<T> {
  for (const delay of delays) {
    try {
      return await call();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await wait(delay);
    }
  }
  return call();
}

/** A server that is not there at all, or is not trusted, is not asked again. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ConnectError)) return false;
  if (error.findDetails(ErrorInfoSchema).some(({ reason }) => reason === "OVERLOADED")) return true;
  return wasCutOff(error) || (error.code === Code.Unavailable && !isConnectionFailure(error));
}
