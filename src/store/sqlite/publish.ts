/** Events become deliveries to the targets of the best execution of each. */
import type Database from "better-sqlite3";
import { type ConditionId, eventCandidates } from "../../domain/condition.ts";
import type { Chain, NewDelivery, PublishedEvent } from "../../domain/delivery.ts";
import type { OwnEvents } from "../../domain/own-event.ts";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { QueueQuota } from "../delivery-store.ts";
import { type Authorship, StoreError } from "../store.ts";
import type { ChangeTable, DatedChange } from "./changes.ts";
import type { DeliveryTables } from "./enqueue.ts";
import type { ExecutionTable } from "./executions.ts";

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

  const bestList = (instance: InstanceId, candidates: readonly ConditionId[]): List => {
    for (const condition of candidates) {
      const targets = executions.targets(instance, condition);
      if (targets.length === 0) continue;
      // A target that is being deleted stands in its lists until its change is written.
      const living = targets.filter((target) => tables.isOrdered(instance, target) !== undefined);
      return living.map((target) => ({ target, condition }));
    }
    return [];
  };

  /** Returns a function that looks for the list of a type once. */
  const deliveriesOf = (instance: InstanceId, candidatesOf: Candidates, createdAt: Micros) => {
    const lists = new Map<string, List>();
    return (event: PublishedEvent): readonly Unchained[] => {
      const { id, type, aggregateId: orderKey, context } = event;
      const list = lists.get(type) ?? bestList(instance, candidatesOf(type));
      lists.set(type, list);
      const rest = { event: { id, type }, orderKey, context, createdAt };
      return list.map((receiver) => ({ id: newId(), ...receiver, ...rest }));
    };
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
      const deliveriesTo = deliveriesOf(instance, candidatesOf, at);
      const added = events.map((event) => {
        const isNew = remember.run(instance, event.id, at).changes > 0;
        if (!isNew) return [];
        left -= 1;
        if (left < 0) throw new StoreError("quota-exceeded", "too many events are new");
        return deliveriesTo(event);
      });
      const deliveries = added.flat();
      tables.usage.checkQueue(instance, deliveries.length, mostPending);
      insert(instance, deliveries, options);
      return added.map(({ length }) => length);
    },

    announce(instance, events, by) {
      const added = events.flatMap(deliveriesOf(instance, eventCandidates, by.at));
      insert(instance, added, by);
    },
  };
}

type Unchained = Omit<NewDelivery, keyof Chain>;

/** Of events that no call with a header has caused: they stand below their own execution alone. */
const noChain = (): Chain => ({ depth: 1, traceparent: undefined });

/** Who is told of a type of events, in call order. */
type List = readonly Pick<NewDelivery, "target" | "condition">[];

export const eventListenersSql = `SELECT 1 FROM executions INDEXED BY executions_of_events
  WHERE instance_id = ? AND listed = 1 AND id >= 'event' AND id < 'event0' LIMIT 1`;

/** What changes of are events. */
const eventful: ReadonlySet<string> = new Set(["target", "execution"]);

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
  const table: ChangeTable = {
    ...changes,
    add: (instance, by, content, date = by.at) =>
      void table.addAll(instance, by, [{ content, date }]),

    addAll(instance, by, added) {
      const first = changes.addAll(instance, by, added);
      const { author } = by;
      const isHeard = ({ content }: DatedChange) => eventful.has(content.resourceType);
      if (!added.some(isHeard) || someoneListens.get(instance) === undefined) return first;
      const events = added.flatMap(({ content, date }, index) =>
        ownEvents({ instance, sequence: first + index, at: date, author, ...content }),
      );
      announce(instance, events, by);
      return first;
    },
  };
  return table;
}
