/** Events become deliveries to the targets of the best execution of each. */
import type Database from "better-sqlite3";
import { type ConditionId, eventCandidates } from "../../domain/condition.ts";
import type { Chain, NewDelivery, PublishedEvent } from "../../domain/delivery.ts";
import type { OwnEvents } from "../../domain/own-event.ts";
import type { InstanceId } from "../../domain/units.ts";
import type { PublishOptions } from "../delivery-store.ts";
import { checkDeliveries } from "../publish-rules.ts";
import { type Authorship, StoreError } from "../store.ts";
import type { ChangeTable, DatedChange } from "./changes.ts";
import type { DeliveryTables } from "./enqueue.ts";
import type { ExecutionTable } from "./executions.ts";

type Candidates = (type: string) => readonly ConditionId[];

type Occasion = Pick<Authorship, "at" | "chain">;

/** Everything runs inside the caller's transaction. */
export interface Publisher {
  /**
   * Publishes events of callers, and tells how many deliveries each has.
   *
   * @throws StoreError `quota-exceeded`, `too-many-deliveries`, `queue-full`
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
  const listener = (instance: InstanceId, candidatesOf: Candidates) => {
    const lists = new Map<string, List>();
    return (event: PublishedEvent): Heard => {
      const list = lists.get(event.type) ?? bestList(instance, candidatesOf(event.type));
      lists.set(event.type, list);
      return { event, list };
    };
  };

  const insert = (
    instance: InstanceId,
    heard: readonly Heard[],
    { at, chain = noChain }: Occasion,
  ): void => {
    if (countOf(heard) === 0) return;
    const place = chain();
    const deliveries = heard.flatMap(({ event, list }): NewDelivery[] => {
      const { id, type, aggregateId: orderKey, context } = event;
      const rest = { event: { id, type }, orderKey, context, createdAt: at, ...place };
      return list.map((receiver) => ({ id: newId(), ...receiver, ...rest }));
    });
    tables.insert(instance, deliveries, at);
  };

  return {
    publish(instance, events, candidatesOf, options) {
      const { at, mostNew = Infinity, mostDeliveries, mostPending } = options;
      let left = mostNew;
      const listenersTo = listener(instance, candidatesOf);
      const heard = events.map((event): Heard => {
        const isNew = remember.run(instance, event.id, at).changes > 0;
        if (!isNew) return { event, list: [] };
        left -= 1;
        if (left < 0) throw new StoreError("quota-exceeded", "too many events are new");
        return listenersTo(event);
      });
      const counts = heard.map(({ list }) => list.length);
      checkDeliveries(counts, mostDeliveries);
      tables.usage.checkQueue(instance, countOf(heard), mostPending);
      insert(instance, heard, options);
      return counts;
    },

    announce: (instance, events, by) =>
      insert(instance, events.map(listener(instance, eventCandidates)), by),
  };
}

/** Of events that no call with a header has caused: they stand below their own execution alone. */
const noChain = (): Chain => ({ depth: 1, traceparent: undefined });

/** Who is told of a type of events, in call order. */
type List = readonly Pick<NewDelivery, "target" | "condition">[];

interface Heard {
  readonly event: PublishedEvent;
  readonly list: List;
}

const countOf = (heard: readonly Heard[]): number =>
  heard.reduce((count, { list }) => count + list.length, 0);

/** What changes of are events. */
const eventful: ReadonlySet<string> = new Set(["target", "execution"]);

/** Returns changes that publish what they add. */
export function publishingChanges(
  changes: ChangeTable,
  executions: Pick<ExecutionTable, "anyOfEvents">,
  { announce }: Publisher,
  ownEvents: OwnEvents,
): ChangeTable {
  const table: ChangeTable = {
    ...changes,
    add: (instance, by, content, date = by.at, link = undefined) =>
      void table.addAll(instance, by, [{ content, date, link }]),

    addAll(instance, by, added) {
      const first = changes.addAll(instance, by, added);
      const { author } = by;
      const isHeard = ({ content }: DatedChange) => eventful.has(content.resourceType);
      if (!added.some(isHeard) || !executions.anyOfEvents(instance)) return first;
      const events = added.flatMap(({ content, date }, index) =>
        ownEvents({ instance, sequence: first + index, at: date, author, ...content }),
      );
      announce(instance, events, by);
      return first;
    },
  };
  return table;
}
