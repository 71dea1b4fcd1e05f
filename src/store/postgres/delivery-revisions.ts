/**
 * The numbers by which deliveries of an instance are in the order of their changes. Like the counter of its
 * changes (changes.ts) the row of an instance is locked from the taking of a number to the end of the
 * transaction, so that whoever reads on from a number misses none. So attempts of one instance are finished
 * one after the other, as many in a second as the server can sync one by one. It is the last lock of a
 * transaction.
 */
import type { InstanceId } from "../../domain/units.ts";
import type { Session } from "./session.ts";

/**
 * The statement that takes some numbers one after the other for the instance `$1`, and returns the last.
 *
 * @param count an expression
 * @param unless a query; where it has no rows, nothing is taken
 */
export const takeRevisions = (count: string, unless?: string) => `
  INSERT INTO delivery_revisions AS revisions (instance_id, latest)
  SELECT $1, ${count} ${unless === undefined ? "" : `WHERE EXISTS (${unless})`}
  ON CONFLICT (instance_id) DO UPDATE SET latest = revisions.latest + excluded.latest
  RETURNING latest`;

export interface Revisions {
  /** The latest number; 0 when there was none. */
  readonly latest: number;
  /** The number up to which deliveries may have been deleted. */
  readonly pruned: number;
}

export async function readRevisions(session: Session, instance: InstanceId): Promise<Revisions> {
  const row = await session.row<Revisions>(
    "SELECT latest, pruned FROM delivery_revisions WHERE instance_id = $1",
    [instance],
  );
  return row ?? { latest: 0, pruned: 0 };
}
