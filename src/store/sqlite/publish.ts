/** Events become deliveries to the targets of the best execution of each. */
import type Database from "better-sqlite3";
import { type ConditionId, eventCandidates } from "../../domain/condition.ts";
import type { Chain, NewDelivery, PublishedEvent } from "../../domain/delivery.ts";
import type { OwnEvents } from "../../domain/own-event.ts";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { QueueQuota } from "../delivery-store.ts";
import { type Authorship, StoreError } from "../store.ts";
import type { ChangeTable } from "./changes.ts";
import type { DeliveryTables } from "./enqueue.ts";
import type { ExecutionTable } from "./executions.ts";
import { steady } from "./steady.ts";

type Candidates = (type: string) => readonly ConditionId[];

type Occasion = Pick<Authorship, "at" | "chain">;

interface PublishOptions extends Occasion, QueueQuota {
  readonly mostNew?: number | undefined;
}

/** Everything runs inside the caller's transaction. */
export interface Publisher {
  /**
   * Publishes events of callers, and tells how many deliveries each has.
   *
   * @throws StoreError `quota-exceeded`, `queue-full`
   */
  publish(
    instance: InstanceId,
    events: readonly PublishedEvent[],
    candidatesOf: Candidates,
    options: PublishOptions,
  ): readonly number[];
  /**
   * Publishes events of our own: nobody sends them twice, no caller can take their ids, and no quota
   * keeps a change from being made.
   */
  announce(instance: InstanceId, events: readonly PublishedEvent[], by: Occasion): void;
}

/** @param newId makes the id of a delivery */
export function createPublisher(
  db: Database.Database,
  tables: DeliveryTables,
  executions: ExecutionTable,
  newId: () => string,
): Publisher {
  const remember = db.prepare<[string, string, number]>(
    "INSERT OR IGNORE INTO published_events (instance_id, id, at) VALUES (?, ?, ?)",
  );

  const deliveriesOf = (
    instance: InstanceId,
    event: PublishedEvent,
    candidates: readonly ConditionId[],
    createdAt: Micros,
  ): readonly Unchained[] => {
    const { id, type, aggregateId: orderKey, context } = event;
    const rest = { event: { id, type }, orderKey, context, createdAt };
    for (const condition of candidates) {
      const targets = executions.targets(instance, condition);
      if (targets.length === 0) continue;
      return (
        targets
          // A target that is being deleted stands in its lists until its change is written.
          .filter((target) => tables.isOrdered(instance, target) !== undefined)
          .map((target) => ({ id: newId(), target, condition, ...rest }))
      );
    }
    return [];
  };

  const insert = (
    instance: InstanceId,
    added: readonly Unchained[],
    { at, chain = noChain }: Occasion,
  ): void => {
    if (added.length === 0) return;
    const place = chain();
    const deliveries = added.map((delivery) => ({ ...delivery, ...place }));
    tables.insert(instance, deliveries, at);
  };

  return {
    publish(instance, events, candidatesOf, options) {
      const { at, mostNew = Infinity, mostPending } = options;
      let left = mostNew;
      const added = events.map((event) => {
        const isNew = remember.run(instance, event.id, at).changes > 0;
        if (!isNew) return [];
        left -= 1;
        if (left < 0) throw new StoreError("quota-exceeded", "too many events are new");
        return deliveriesOf(instance, event, candidatesOf(event.type), at);
      });
      const deliveries = added.flat();
      tables.usage.checkQueue(instance, deliveries.length, mostPending);
      insert(instance, deliveries, options);
      return added.map(({ length }) => length);
    },

    announce(instance, events, by) {
      const added = events.flatMap((event) =>
        deliveriesOf(instance, event, eventCandidates(event.type), by.at),
      );
      insert(instance, added, by);
    },
  };
}

type Unchained = Omit<NewDelivery, keyof Chain>;

/** Of events that no call with a header has caused: they stand below their own execution alone. */
const noChain = (): Chain => ({ depth: 1, traceparent: undefined });

export const eventListenersSql = `SELECT 1 FROM executions INDEXED BY executions_of_events
  WHERE instance_id = ? AND listed = 1 AND id >= 'event' AND id < 'event0' LIMIT 1`;

/**
 * Returns changes that publish what they add. Where no execution waits for events, this costs a look
 * at an empty index.
 */
export function publishingChanges(
  db: Database.Database,
  changes: ChangeTable,
  { announce }: Publisher,
  ownEvents: OwnEvents,
): ChangeTable {
  const someoneListens = db.prepare<[string], number>(eventListenersSql).pluck();
  const selectSequence = db
    .prepare<[string], number>(steady("SELECT max(sequence) FROM changes WHERE instance_id = ?"))
    .pluck();
  return {
    ...changes,
    add(instance, by, content, date = by.at) {
      changes.add(instance, by, content, date);
      const { resourceType } = content;
      if (resourceType !== "target" && resourceType !== "execution") return;
      if (someoneListens.get(instance) === undefined) return;
      const { author } = by;
      const sequence = selectSequence.get(instance) ?? 0;
      const events = ownEvents({ instance, sequence, at: date, author, ...content });
      announce(instance, events, by);
    },
  };
}
