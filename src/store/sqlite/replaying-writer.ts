import type { InstanceId } from "../../domain/units.ts";
import type { WriteOptions, Written } from "../store.ts";
import type { SharedTables, SqliteStoreParts } from "./parts.ts";
import { createReplayTable } from "./replays.ts";

/**
 * Writes to an instance once for each request id.
 *
 * @throws StoreError `not-found` when there is no such instance, `request-id-reused`
 */
export type ReplayingWriter = <T>(
  instance: InstanceId,
  options: WriteOptions<T>,
  work: () => T,
) => Promise<Written<T>>;

/** Writers run one after the other, so a twin finds what the first has remembered. */
export function replayingWriter(
  { db, sealer, commits }: SqliteStoreParts,
  { instances }: SharedTables,
): ReplayingWriter {
  const replays = createReplayTable(db, sealer);
  return (instance, { replay, dryRun = false, at }, work) =>
    commits.write(
      () => {
        instances.require(instance);
        if (replay === undefined || dryRun) return { kind: "done", result: work() };
        const answer = replays.find(instance, replay, at);
        if (answer !== undefined) return { kind: "replayed", answer };
        const result = work();
        replays.remember(instance, replay, result);
        return { kind: "done", result };
      },
      dryRun ? "discard" : "keep",
    );
}
