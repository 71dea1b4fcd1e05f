/**
 * Taking due deliveries. The queues to look at are locked, those that others are at work on skipped, so that
 * processes share the work and no two count the calls under way of one target at the same time. Four
 * round trips, however many queues there are.
 */
import { afterClaim } from "../../domain/breaker.ts";
import type { CallableTarget } from "../../domain/execution.ts";
import { type Micros, micros } from "../../domain/units.ts";
import { callsAtOnce, featurePause, spareLooks, unreadablePause } from "../claim-rules.ts";
import type { ClaimedDelivery, ClaimLimits, OnUnreadable } from "../claims.ts";
import type { DeliveryStore } from "../delivery-store.ts";
import { toDelivery } from "../rows/deliveries.ts";
import {
  never,
  type Queue,
  type QueueName,
  type QueueRow,
  queueColumns,
  toQueue,
} from "../rows/queues.ts";
import type { Sealer } from "../seal.ts";
import { StoreError } from "../store.ts";
import { awaitQueues, queueKey, setBreaker } from "./delivery-queues.ts";
import { toStoreError } from "./errors.ts";
import { nextDueOnce, takeDue, type Wanted } from "./leases.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Transaction } from "./session.ts";
import { type CallableRow, callableColumns, callableJoins, toCallable } from "./targets.ts";

/** What decides whether a queue may be taken from. */
interface SituationRow extends CallableRow {
  readonly instance_exists: boolean;
  /** Undecided is null. */
  readonly feature: boolean | null;
  readonly target_exists: boolean;
  readonly under_way: number;
  readonly first_end: number | null;
}

/** A queue, and how many more calls may be made of its target, or until when none. */
interface Look {
  readonly queue: Queue;
  readonly row: SituationRow;
  /** Undefined when it may not be called. */
  readonly callee: CallableTarget | undefined;
  readonly free: number;
  /** How many of these the worker may make, and when more. */
  readonly room: number;
  readonly nextAt: number;
  readonly heldUntil: number | "changed" | undefined;
}

/** @param awaited queues to wait for where others are at work on them */
export async function claimDeliveries(
  { sealer }: Pick<PostgresStoreParts, "sealer">,
  transaction: Transaction,
  [now, limits, onUnreadable]: Parameters<DeliveryStore["claimDeliveries"]>,
  awaited: readonly QueueName[],
): Promise<readonly ClaimedDelivery[]> {
  if (awaited.length > 0) awaitQueues(transaction, awaited);
  const queues = await lockDueQueues(transaction, now, limits.total + spareLooks);
  if (queues.length === 0) return [];
  transaction.soon();
  transaction.keepPlans();
  const rows = await readSituations(transaction, queues, now);
  const calleeOf = carefulReader(sealer, onUnreadable);
  const looks = queues.map((queue, index) => {
    const row = rows[index];
    if (row === undefined) throw new Error("a queue was not looked at");
    return lookAt({ queue, row }, now, limits, calleeOf);
  });
  const until = micros(now + limits.lease);
  const taken = await takeDue(
    transaction,
    looks.filter(({ heldUntil }) => heldUntil === undefined).map((look) => wanted(look, limits)),
    { now, until, most: limits.total },
  );
  const updates = createUpdates();
  const claims: ClaimedDelivery[] = [];
  for (const look of looks) {
    if (claims.length >= limits.total) break;
    const own = taken.get(queueKey(look.queue)) ?? [];
    updates.note(look, own.length, until);
    if (own.length === 0) continue;
    const { queue, callee } = look;
    if (callee === undefined) continue;
    if (queue.breaker.state === "open") setBreaker(transaction, queue, afterClaim(queue.breaker));
    for (const { context, fence, ...delivery } of own) {
      claims.push({
        ...{ delivery: toDelivery(delivery, context), row: delivery.row },
        ...{ callee, fence, leasedUntil: until },
      });
    }
  }
  updates.send(transaction, now);
  return claims;
}

async function lockDueQueues(transaction: Transaction, now: Micros, most: number) {
  const rows = await transaction.rows<QueueRow>(
    `SELECT ${queueColumns} FROM delivery_queues WHERE next_look_at <= $1
     ORDER BY next_look_at, turn LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`,
    [now, most],
  );
  return rows.map(toQueue);
}

/** One row for each queue, in the same order. */
function readSituations(transaction: Transaction, queues: readonly Queue[], now: Micros) {
  return transaction.rows<SituationRow>(
    `SELECT ${callableColumns}, targets.id IS NOT NULL AS target_exists,
       leases.under_way, leases.first_end,
       EXISTS (SELECT 1 FROM instances
         WHERE instances.id = queue.instance_id AND deleted_at IS NULL) AS instance_exists,
       (SELECT enabled FROM instance_features
         WHERE instance_features.instance_id = queue.instance_id AND feature = 'actions') AS feature
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS queue (instance_id, target_id, place)
     LEFT JOIN targets ON targets.instance_id = queue.instance_id
       AND targets.id = queue.target_id AND targets.deleted_at IS NULL
     ${callableJoins("$3")}
     LEFT JOIN LATERAL (
       SELECT count(*) AS under_way, min(until) AS first_end FROM leases
       WHERE leases.instance_id = queue.instance_id AND leases.target_id = queue.target_id
         AND until > $3
     ) AS leases ON true
     ORDER BY queue.place`,
    [queues.map(({ instance }) => instance), queues.map(({ target }) => target), now],
  );
}

function lookAt(
  { queue, row }: Pick<Look, "queue" | "row">,
  now: Micros,
  limits: ClaimLimits,
  calleeOf: ReturnType<typeof carefulReader>,
): Look {
  const held = (heldUntil: Look["heldUntil"]) => {
    return { queue, row, callee: undefined, free: 0, room: 0, nextAt: now, heldUntil };
  };
  if (!row.instance_exists) return held("changed");
  if (!(row.feature ?? limits.active)) return held(now + featurePause);
  if (!row.target_exists || row.disabled) return held("changed");
  const callee = calleeOf(queue, row);
  if (callee === undefined) return held(now + unreadablePause);
  const allowed = callsAtOnce(queue.breaker, callee.target.settings.deliveryPolicy, now);
  if (allowed.heldUntil !== undefined) return held(allowed.heldUntil);
  const free = Math.max(0, allowed.calls - row.under_way);
  const own = limits.allowance?.(callee.target, queue.instance) ?? { calls: free, nextAt: now };
  const room = Math.min(free, Math.max(0, own.calls));
  return { queue, row, callee, free, room, nextAt: own.nextAt, heldUntil: undefined };
}

/** Returns a reader for which a target that is damaged, or has a secret that does not open, is no reason to fail. */
function carefulReader(sealer: Sealer, onUnreadable: OnUnreadable) {
  return ({ instance, target }: Queue, row: CallableRow): CallableTarget | undefined => {
    try {
      return toCallable(sealer, row);
    } catch (error) {
      const cause = toStoreError(error);
      if (!(cause instanceof StoreError && cause.code === "broken")) throw error;
      onUnreadable({ instance, target }, cause);
      return undefined;
    }
  };
}

const wanted = ({ queue, room }: Look, { perTarget, total }: ClaimLimits): Wanted => ({
  ...{ instance: queue.instance, target: queue.target },
  most: Math.min(room, perTarget, total),
});

/** Collects when queues are to be looked at again, to write it for all of them at once. */
function createUpdates() {
  const held: { queue: Queue; at: number | null; hold: number }[] = [];
  const ended: Queue[] = [];
  /** Nothing that comes due meanwhile makes anybody look earlier. */
  const hold = (queue: Queue, until: number | "changed"): void => {
    const isNever = until === "changed";
    held.push({ queue, at: isNever ? null : until, hold: isNever ? never : until });
  };
  return {
    /** @param taken number of deliveries, whose leases end at `until` */
    note({ queue, row, free, room, nextAt, heldUntil }: Look, taken: number, until: Micros): void {
      if (heldUntil !== undefined) hold(queue, heldUntil);
      else if (taken === free) hold(queue, Math.min(row.first_end ?? until, until));
      else if (taken === room) hold(queue, nextAt);
      // A queue with more to give stands behind those that wait already.
      else ended.push(queue);
    },

    send(transaction: Transaction, now: Micros): void {
      transaction.send(
        `UPDATE delivery_queues SET next_look_at = held.at, hold_until = held.hold
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
           AS held (instance_id, target_id, at, hold)
         WHERE delivery_queues.instance_id = held.instance_id
           AND delivery_queues.target_id = held.target_id`,
        [
          held.map(({ queue }) => queue.instance),
          held.map(({ queue }) => queue.target),
          held.map(({ at }) => at),
          held.map(({ hold }) => hold),
        ],
      );
      const [instance, target] = ["delivery_queues.instance_id", "delivery_queues.target_id"];
      transaction.send(
        `UPDATE delivery_queues SET hold_until = 0, turn = nextval('delivery_turns'),
           next_look_at = (SELECT greatest(next.at, $3::bigint)
             FROM ${nextDueOnce(instance, target, "$3")} AS next
             WHERE next.at IS NOT NULL)
         FROM unnest($1::text[], $2::text[]) AS ended (instance_id, target_id)
         WHERE delivery_queues.instance_id = ended.instance_id
           AND delivery_queues.target_id = ended.target_id`,
        [ended.map(({ instance }) => instance), ended.map(({ target }) => target), now],
      );
    },
  };
}
