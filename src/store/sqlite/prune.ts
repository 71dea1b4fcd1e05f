import type Database from "better-sqlite3";
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import type { Kept } from "../store.ts";
import type { ChangePlaces } from "./change-places.ts";
import type { DeliveryTables } from "./enqueue.ts";

/** Work of one step, so that the writers of the same transaction do not wait for long. */
const step = 500;

/** How many plain rows one row counts for: deliveries take contexts and logs with them. */
const weights = { delivery: 10, target: 5 } as const;

/** Instances that one step looks at, at most. */
const looks = 200;

const endOfTime = micros(Number.MAX_SAFE_INTEGER);

/** Deletes some of what need not be kept, up to a weight, and tells the weight of what it deleted. */
type Prune = (instance: InstanceId, kept: Kept, most: number) => number;

export const pruneSql = {
  deliveries: `SELECT row, revision FROM deliveries
    WHERE instance_id = ? AND finished_at < ? ORDER BY finished_at LIMIT ?`,
  events: `DELETE FROM published_events WHERE instance_id = ? AND id IN
    (SELECT id FROM published_events WHERE instance_id = ? AND at < ? ORDER BY at LIMIT ?)`,
  changes: `DELETE FROM changes WHERE instance_id = ? AND sequence IN
    (SELECT sequence FROM changes WHERE instance_id = ? AND sequence <= ? ORDER BY sequence LIMIT ?)`,
  targets: `SELECT id FROM targets WHERE instance_id = ? AND deleted_at < ? AND NOT EXISTS
      (SELECT 1 FROM deliveries WHERE deliveries.instance_id = targets.instance_id
         AND deliveries.target_id = targets.id)
    ORDER BY deleted_at LIMIT ?`,
} as const;

/**
 * Returns a function that deletes a step of what need not be kept, and tells whether there may be more.
 * It goes from instance to instance and remembers where it is, so that a step costs the same however
 * many there are.
 */
export function createPruner(
  db: Database.Database,
  tables: DeliveryTables,
  places: ChangePlaces,
): (kept: Kept) => boolean {
  const next = db
    .prepare<[string, number], InstanceId>(
      "SELECT id FROM instances WHERE id > ? ORDER BY id LIMIT ?",
    )
    .pluck();
  const prunes = [
    deliveryPruner(db, tables),
    eventPruner(db),
    changePruner(db, places),
    targetPruner(db),
  ];
  /** Instances up to this one are done in this round. */
  let place = "";
  return (kept) => {
    let left = step;
    const instances = next.all(place, looks);
    for (const instance of instances) {
      for (const prune of prunes) {
        left -= prune(instance, kept, left);
        if (left <= 0) return true;
      }
      place = instance;
    }
    const isOver = instances.length < looks;
    if (isOver) place = "";
    return !isOver;
  };
}

function deliveryPruner(
  db: Database.Database,
  { usage, revisions, attempts }: DeliveryTables,
): Prune {
  const select = db.prepare<
    [string, number, number],
    { readonly row: number; readonly revision: number }
  >(pruneSql.deliveries);
  const remove = db.prepare<[number]>("DELETE FROM deliveries WHERE row = ?");
  const removeBefore = (instance: InstanceId, before: Micros, most: number): number => {
    const oldest = select.all(instance, before, most);
    if (oldest.length === 0) return 0;
    for (const { row } of oldest) {
      attempts.deleteAll(row);
      remove.run(row);
    }
    revisions.prune(instance, Math.max(...oldest.map(({ revision }) => revision)));
    usage.count(instance, { pending: 0, finished: -oldest.length });
    return oldest.length;
  };
  return (instance, { deliveries, deliveriesFrom }, most) => {
    const rows = Math.ceil(most / weights.delivery);
    const tooMany = Math.min(rows, usage.read(instance).finished - deliveries);
    const removed = tooMany > 0 ? removeBefore(instance, endOfTime, tooMany) : 0;
    const old = removeBefore(instance, deliveriesFrom, rows - removed);
    return (removed + old) * weights.delivery;
  };
}

function eventPruner(db: Database.Database): Prune {
  const remove = db.prepare<[string, string, number, number]>(pruneSql.events);
  return (instance, { eventIdsFrom }, most) =>
    remove.run(instance, instance, eventIdsFrom, most).changes;
}

/** The latest change stays: the next one counts on from it. */
function changePruner(db: Database.Database, places: ChangePlaces): Prune {
  const remove = db.prepare<[string, string, number, number]>(pruneSql.changes);
  return (instance, { changesFrom }, most) => {
    const place = places.lastBefore(instance, changesFrom);
    if (place === 0) return 0;
    const last = places.last(instance).sequence;
    return remove.run(instance, instance, Math.min(place, last - 1), most).changes;
  };
}

/** What refers to a target besides its deliveries is gone since its deletion, except for its queue. */
function targetPruner(db: Database.Database): Prune {
  const select = db.prepare<[string, number, number], string>(pruneSql.targets).pluck();
  const removeQueue = db.prepare<[string, string]>(
    "DELETE FROM delivery_queues WHERE instance_id = ? AND target_id = ?",
  );
  const remove = db.prepare<[string, string]>(
    "DELETE FROM targets WHERE instance_id = ? AND id = ?",
  );
  return (instance, { deletedTargetsFrom }, most) => {
    const targets = select.all(instance, deletedTargetsFrom, Math.ceil(most / weights.target));
    for (const target of targets) {
      removeQueue.run(instance, target);
      remove.run(instance, target);
    }
    return targets.length * weights.target;
  };
}
