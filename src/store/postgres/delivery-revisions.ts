/**
 * The numbers by which deliveries of an instance are in the order of their changes. Like the counter of its
 * changes (changes.ts) the row of an instance is locked from the taking of a number to the end of the
 * transaction, so that whoever reads on from a number misses none. So writes to deliveries of one instance commit
 * one after the other. It is the last lock of a transaction. Numbers that a crash of the server may have undone
 * are skipped (epochs.ts).
 */
import type { InstanceId } from "../../domain/units.ts";
import { ownEpoch, skippedSince } from "./epochs.ts";
import { quotaStates } from "./errors.ts";
import type { Session } from "./session.ts";

/** How many numbers are taken, and what changes of the numbers of deliveries; all are expressions. */
export interface Taken {
  readonly count: string;
  readonly pending: string;
  readonly finished: string;
  /** Most that may be pending then; NULL for no bound. */
  readonly mostPending?: string;
  /** A query; where it has no rows, nothing is taken. */
  readonly unless?: string;
}

/**
 * The statement that takes some numbers one after the other for the instance `$1`, and returns the last.
 * Fails with `queue-full`.
 */
export const takeRevisions = ({ count, pending, finished, mostPending, unless }: Taken) => `
  INSERT INTO delivery_revisions AS revisions (instance_id, latest, pending, finished, epoch)
  SELECT $1, ${count}, ${atMost(`(${pending})::bigint`, mostPending)}, ${finished}, ${ownEpoch}
  ${unless === undefined ? "" : `WHERE EXISTS (${unless})`}
  ON CONFLICT (instance_id) DO UPDATE
    SET latest = revisions.latest + excluded.latest + ${skippedSince("revisions.epoch")},
    epoch = excluded.epoch,
    pending = ${atMost("revisions.pending + excluded.pending", mostPending)},
    finished = revisions.finished + excluded.finished
  RETURNING latest`;

const atMost = (number: string, most: string | undefined) =>
  most === undefined ? number : `at_most(${number}, ${most}, '${quotaStates.queueFull}')`;

export interface Revisions {
  /** The latest number, or more; 0 when there was none. */
  readonly latest: number;
  /** The number up to which deliveries may have been deleted. */
  readonly pruned: number;
}

export async function readRevisions(session: Session, instance: InstanceId): Promise<Revisions> {
  const row = await session.row<Revisions>(
    `SELECT latest + ${skippedSince("epoch")} AS latest, pruned FROM delivery_revisions
     WHERE instance_id = $1`,
    [instance],
  );
  return row ?? { latest: 0, pruned: 0 };
}
