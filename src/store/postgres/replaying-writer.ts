import type { InstanceId } from "../../domain/units.ts";
import type { WriteOptions, Written } from "../store.ts";
import { type HeldInstance, holdInstance } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { rememberAnswer, takeAnswer } from "./replays.ts";
import type { Transaction } from "./session.ts";

/** What a write does, with its instance held. */
export interface Steps<T, Seen> {
  /** Locks and reads; sent together with the hold on the instance, so it does not judge what it sees. */
  readonly look: (transaction: Transaction) => Promise<Seen>;
  /** Decides and writes. */
  readonly act: (transaction: Transaction, seen: Seen, held: HeldInstance) => Promise<T>;
}

/**
 * Writes to an instance once for each request id.
 *
 * @throws StoreError `not-found` when there is no such instance, `request-id-reused`
 */
export type ReplayingWriter = <T, Seen>(
  instance: InstanceId,
  options: WriteOptions<T>,
  steps: Steps<T, Seen>,
) => Promise<Written<T>>;

export function replayingWriter({ db, sealer }: PostgresStoreParts): ReplayingWriter {
  return (instance, { replay: given, dryRun = false, at }, { look, act }) => {
    const replay = dryRun ? undefined : given;
    return db.write(
      async (transaction) => {
        const [held, answer, seen] = await Promise.all([
          holdInstance(transaction, instance),
          replay && takeAnswer(transaction, sealer, instance, { replay, at }),
          look(transaction),
        ]);
        if (answer !== undefined) return { kind: "replayed", answer };
        const result = await act(transaction, seen, held);
        if (replay) rememberAnswer(transaction, sealer, instance, { replay, result });
        return { kind: "done", result };
      },
      dryRun ? "discard" : "keep",
    );
  };
}
