import type Database from "better-sqlite3";
import { type Breaker, newBreaker } from "../../domain/breaker.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import {
  never,
  type Queue,
  type QueueName,
  type QueueRow,
  queueColumns,
  toQueue,
} from "../rows/queues.ts";
import { optionalMicros } from "../rows/values.ts";
import type { Undoing } from "./group-commit.ts";
import { type InstanceFact, keepFact } from "./instance-facts.ts";
import { steady } from "./steady.ts";

/** The rows of queues. Everything runs inside the caller's transaction. */
export interface QueueTable {
  /** A new target has a queue as well. */
  read(instance: InstanceId, target: TargetId): Queue;
  /** Queues to look at, those first that have waited for it longest. */
  toLookAt(now: Micros, limit: number): readonly Queue[];
  /** When the next queue wants to be looked at. */
  next(): Micros | undefined;
  /** Takes note that a delivery comes due. */
  offer(instance: InstanceId, target: TargetId, dueAt: Micros): void;
  /** @param lookAt undefined: not before something changes */
  lookAgain(queue: QueueName, lookAt: number | undefined): void;
  /** The same after a claim: the queue stands behind those that wait already. */
  endTurn(queue: QueueName, lookAt: number | undefined): void;
  /** Nothing that comes due meanwhile makes anybody look earlier. */
  hold(queue: QueueName, until: number | "changed"): void;
  setBreaker(queue: QueueName, breaker: Breaker): void;
  /** Both at once. */
  settle(queue: QueueName, breaker: Breaker, lookAt: number | undefined): void;
  /** To be called when a target has changed. */
  wake(instance: InstanceId, target: TargetId, at: Micros, enabled: boolean): void;
  /** Whether what a target left pending is still to be cancelled. */
  setCancelling(instance: InstanceId, target: TargetId, cancelling: boolean): void;
  /** Some queue of a deleted target that is still to be cancelled. */
  cancelling(): QueueName | undefined;
}

export const queueSql = {
  toLookAt: steady(`SELECT ${queueColumns} FROM delivery_queues WHERE next_look_at <= ?
    ORDER BY next_look_at, turn LIMIT ?`),
  next: `SELECT next_look_at FROM delivery_queues WHERE next_look_at IS NOT NULL
    ORDER BY next_look_at LIMIT 1`,
  cancelling: `SELECT instance_id AS instance, target_id AS target FROM delivery_queues
    WHERE cancelling = 1 LIMIT 1`,
} as const;

type BreakerValues = [
  state: Breaker["state"],
  openUntil: number | null,
  openings: number,
  windowStart: number,
  windowCalls: number,
  windowFailures: number,
  failingSince: number | null,
];

function breakerValues(breaker: Breaker): BreakerValues {
  const { state, openUntil = null, openings, failingSince = null } = breaker;
  const { windowStart, windowCalls, windowFailures } = breaker;
  return [state, openUntil, openings, windowStart, windowCalls, windowFailures, failingSince];
}

/** Whether an instance has queues, or had some until their targets were pruned. */
function anyOf(db: Database.Database, commits: Undoing): InstanceFact<boolean> {
  const select = db
    .prepare<[string], number>("SELECT 1 FROM delivery_queues WHERE instance_id = ? LIMIT 1")
    .pluck();
  return keepFact(commits, (instance) => select.get(instance) === 1);
}

export function createQueueTable(db: Database.Database, commits: Undoing): QueueTable {
  const selectOne = db.prepare<[string, string], QueueRow>(
    `SELECT ${queueColumns} FROM delivery_queues WHERE instance_id = ? AND target_id = ?`,
  );
  const selectDue = db.prepare<[number, number], QueueRow>(queueSql.toLookAt);
  const selectNext = db.prepare<[], number>(queueSql.next).pluck();
  const selectCancelling = db.prepare<[], QueueName>(queueSql.cancelling);
  const insertOrOffer = db.prepare<[string, string, number]>(
    `INSERT INTO delivery_queues (instance_id, target_id, next_look_at) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET next_look_at = max(hold_until, excluded.next_look_at)
     WHERE hold_until < ${never}
       AND (next_look_at IS NULL OR next_look_at > max(hold_until, excluded.next_look_at))`,
  );
  const update = (assignments: string) =>
    db.prepare<[Record<string, string | number | null>]>(
      `UPDATE delivery_queues SET ${assignments}
       WHERE instance_id = @instance AND target_id = @target`,
    );
  const setNext = update("next_look_at = @at, hold_until = @hold");
  const endTurn = update("next_look_at = @at, hold_until = 0, turn = @turn");
  const breakerColumns = `breaker = ?, open_until = ?, openings = ?, window_start = ?,
    window_calls = ?, window_failures = ?, failing_since = ?`;
  const place = "instance_id = ? AND target_id = ?";
  const setBreaker = db.prepare<[...BreakerValues, string, string]>(
    `UPDATE delivery_queues SET ${breakerColumns} WHERE ${place}`,
  );
  const settle = db.prepare<[...BreakerValues, number | null, string, string]>(
    `UPDATE delivery_queues SET ${breakerColumns}, next_look_at = ?, hold_until = 0 WHERE ${place}`,
  );
  const setCancelling = update(
    `next_look_at = NULL, hold_until = ${never}, cancelling = @cancelling, breaker = 'closed'`,
  );

  const any = anyOf(db, commits);

  let turn = db.prepare<[], number>("SELECT max(turn) FROM delivery_queues").pluck().get() ?? 0;

  const table: QueueTable = {
    read(instance, target) {
      const row = selectOne.get(instance, target);
      return row
        ? toQueue(row)
        : { instance, target, nextLookAt: undefined, breaker: newBreaker() };
    },
    toLookAt: (now, limit) => selectDue.all(now, limit).map(toQueue),
    next: () => optionalMicros(selectNext.get() ?? null),
    offer(instance, target, dueAt) {
      insertOrOffer.run(instance, target, dueAt);
      any.set(instance, true);
    },
    lookAgain: ({ instance, target }, at) =>
      void setNext.run({ instance, target, at: at ?? null, hold: 0 }),
    endTurn({ instance, target }, at) {
      turn += 1;
      endTurn.run({ instance, target, at: at ?? null, turn });
    },
    hold({ instance, target }, until) {
      const [at, hold] = until === "changed" ? [null, never] : [until, until];
      setNext.run({ instance, target, at, hold });
    },
    setBreaker({ instance, target }, breaker) {
      setBreaker.run(...breakerValues(breaker), instance, target);
    },
    settle({ instance, target }, breaker, at) {
      settle.run(...breakerValues(breaker), at ?? null, instance, target);
    },
    wake(instance, target, at, enabled) {
      // Every change of a target comes by here, also where nothing is ever delivered.
      if (!any.of(instance)) return;
      if (enabled) table.settle({ instance, target }, newBreaker(), at);
      else table.lookAgain({ instance, target }, at);
    },
    setCancelling: (instance, target, cancelling) =>
      void setCancelling.run({ instance, target, cancelling: Number(cancelling) }),
    cancelling: () => selectCancelling.get(),
  };
  return table;
}
