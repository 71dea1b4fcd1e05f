/** Events become deliveries to the targets of the best execution of each. */
import { type ConditionId, eventCandidates } from "../../domain/condition.ts";
import type { Chain, NewDelivery, PublishedEvent } from "../../domain/delivery.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import type { QueueQuota } from "../delivery-store.ts";
import type { Authorship } from "../store.ts";
import { addChanges, addNumberedChanges, dateOf, type Entry } from "./changes.ts";
import { insertDeliveries } from "./deliveries.ts";
import type { PostgresStoreParts } from "./parts.ts";
import type { Session, Transaction } from "./session.ts";

type Candidates = (type: string) => readonly ConditionId[];

/** The execution that an event meets. */
interface Listener {
  readonly condition: ConditionId;
  /** In call order, without those that are gone. */
  readonly targets: readonly TargetId[];
}

/** The listeners of each type of event that has any. */
export type Listeners = ReadonlyMap<string, Listener>;

/** The targets of all listeners, whose queues are to be locked before deliveries are inserted. */
export function targetsOf(listeners: Listeners): readonly TargetId[] {
  return [...new Set([...listeners.values()].flatMap(({ targets }) => targets))];
}

/** The same for some changes. */
export function hearers(announced: readonly Announced[]): readonly TargetId[] {
  return announced.flatMap(({ listeners }) => targetsOf(listeners));
}

/** Finds who listens to events of some types. */
export async function findListeners(
  session: Session,
  instance: InstanceId,
  types: Iterable<string>,
  candidatesOf: Candidates = eventCandidates,
): Promise<Listeners> {
  const distinct = [...new Set(types)];
  if (distinct.length === 0) return new Map();
  const candidates = distinct.flatMap((type) =>
    candidatesOf(type).map((condition, rank) => ({ type, condition, rank })),
  );
  const rows = await session.rows<{ type: string; condition: ConditionId; target: TargetId }>(
    `WITH best AS (
       SELECT DISTINCT ON (type) type, condition
       FROM unnest($2::text[], $3::integer[], $4::text[]) AS candidate (type, rank, condition)
       WHERE EXISTS (SELECT 1 FROM execution_targets
         WHERE instance_id = $1 AND execution_id = candidate.condition)
       ORDER BY type, rank
     )
     SELECT type, condition, target_id AS target FROM best
     JOIN execution_targets AS list ON list.instance_id = $1 AND list.execution_id = condition
     JOIN targets ON targets.instance_id = $1 AND targets.id = target_id AND deleted_at IS NULL
     ORDER BY type, position`,
    [
      instance,
      candidates.map(({ type }) => type),
      candidates.map(({ rank }) => rank),
      candidates.map(({ condition }) => condition),
    ],
  );
  const byType = Map.groupBy(rows, ({ type }) => type);
  return new Map(
    [...byType].map(([type, found]) => [
      type,
      {
        condition: found[0]?.condition as ConditionId,
        targets: found.map(({ target }) => target),
      },
    ]),
  );
}

/** The deliveries of an event, none where nobody listens, without their place among the calls. */
export function deliveriesOf(
  event: PublishedEvent,
  listeners: Listeners,
  createdAt: Micros,
  newId: () => string,
): readonly Unchained[] {
  const { id, type, aggregateId: orderKey, context } = event;
  const listener = listeners.get(type);
  if (listener === undefined) return [];
  const { condition, targets } = listener;
  const rest = { event: { id, type }, condition, orderKey, context, createdAt };
  return targets.map((target) => ({ id: newId(), target, ...rest }));
}

type Unchained = Omit<NewDelivery, keyof Chain>;

/** Of events that no call with a header has caused: they stand below their own execution alone. */
const noChain = (): Chain => ({ depth: 1, traceparent: undefined });

/** Inserts deliveries of events, all in the same place among the calls. Fails with `queue-full`. */
export function insertChained(
  transaction: Transaction,
  instance: InstanceId,
  added: readonly Unchained[],
  { at, chain = noChain, mostPending }: Pick<Authorship, "at" | "chain"> & QueueQuota,
): void {
  if (added.length === 0) return;
  const place = chain();
  const deliveries = added.map((delivery) => ({ ...delivery, ...place }));
  insertDeliveries(transaction, instance, deliveries, { at, mostPending: mostPending ?? null });
}

/** A change whose events have listeners. */
export interface Announced {
  readonly entry: Entry;
  readonly listeners: Listeners;
}

/** Writes changes, and publishes what they make known. */
export interface Recorder {
  /**
   * Finds who listens to the events of changes, as lists are at this moment of the transaction.
   *
   * @param listens false when it is known that nobody does
   */
  announce(
    transaction: Transaction,
    instance: InstanceId,
    entries: readonly Entry[],
    listens: boolean,
  ): Promise<readonly Announced[]>;
  /**
   * Writes the changes, as the last thing of the transaction. The queues of all listeners must have been
   * locked.
   */
  record(
    transaction: Transaction,
    instance: InstanceId,
    announced: readonly Announced[],
  ): Promise<void>;
}

export function createRecorder({ ownEvents, newDeliveryId }: PostgresStoreParts): Recorder {
  const eventsOf = (instance: InstanceId, entry: Entry, sequence: number) => {
    const { by, content } = entry;
    const { resourceType } = content;
    if (resourceType !== "target" && resourceType !== "execution") return [];
    const { author } = by;
    return ownEvents({ instance, sequence, at: dateOf(entry), author, ...content });
  };

  return {
    announce: (transaction, instance, entries, listens) =>
      Promise.all(
        entries.map(async (entry) => {
          // The numbers of the changes are not known yet, but do not change the types.
          const types = listens ? eventsOf(instance, entry, 0).map(({ type }) => type) : [];
          return { entry, listeners: await findListeners(transaction, instance, types) };
        }),
      ),

    async record(transaction, instance, announced) {
      const entries = announced.map(({ entry }) => entry);
      if (announced.every(({ listeners }) => listeners.size === 0)) {
        addChanges(transaction, instance, entries);
        return;
      }
      const first = await addNumberedChanges(transaction, instance, entries);
      for (const [index, { entry, listeners }] of announced.entries()) {
        const events = eventsOf(instance, entry, first + index);
        const added = events.flatMap((event) =>
          deliveriesOf(event, listeners, entry.by.at, newDeliveryId),
        );
        insertChained(transaction, instance, added, entry.by);
      }
    },
  };
}
