import type { DeliveryStore } from "../delivery-store.ts";
import { checkDeliveries } from "../publish-rules.ts";
import { cursorOf, deliveryListSql } from "../queries/deliveries.ts";
import { type DeliveryRow, deliveryColumns, toDelivery, toListed } from "../rows/deliveries.ts";
import type { QueueName } from "../rows/queues.ts";
import { StoreError } from "../store.ts";
import { readAttempts } from "./attempts.ts";
import { readBacklog } from "./backlog.ts";
import { claimDeliveries } from "./claim.ts";
import { insertDeliveries, readContext, readDelivery } from "./deliveries.ts";
import { deliveryCommands } from "./delivery-commands.ts";
import { lockQueues, nextLook, queueKey } from "./delivery-queues.ts";
import { readRevisions } from "./delivery-revisions.ts";
import { postgresDialect } from "./dialect.ts";
import { createFinisher } from "./finish.ts";
import { holdInstance, instanceExists } from "./instances.ts";
import { releaseClaims, renewClaims } from "./leases.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { deliveriesOf, findListeners, insertChained, targetsOf } from "./publish.ts";
import type { Transaction } from "./session.ts";

export function deliveryActions(parts: PostgresStoreParts): DeliveryStore {
  const { db } = parts;
  return {
    ...deliveryReads(parts),
    ...deliveryCommands(parts),
    ...newDeliveries(parts),
    ...resultsThenClaims(parts),
    renewClaims: (claims, now, until) =>
      db.write((transaction) => renewClaims(transaction, claims, { now, until })),
    releaseClaims: (claims, dueAt) =>
      db.write((transaction) => releaseClaims(transaction, claims, dueAt)),
  };
}

/**
 * A claim waits for the results that were given before it: it is to take their places. So it also waits for
 * their queues, as the results did; to skip one that another process is at work on would leave places empty.
 */
function resultsThenClaims(
  parts: PostgresStoreParts,
): Pick<DeliveryStore, "claimDeliveries" | "finishAttempts"> {
  const finish = createFinisher(parts);
  let finished: Promise<unknown> = Promise.resolve();
  let settled = new Map<string, QueueName>();
  return {
    finishAttempts(...parameters) {
      const [results] = parameters;
      for (const { claim } of results) settled.set(queueKey(claim.delivery), claim.delivery);
      const written = finish(...parameters);
      finished = Promise.allSettled([finished, written]);
      return written;
    },
    async claimDeliveries(...parameters) {
      const own = [...settled.values()];
      settled = new Map();
      await finished;
      return parts.db.write((transaction) => claimDeliveries(parts, transaction, parameters, own));
    },
  };
}

function newDeliveries({
  db,
  newDeliveryId,
}: PostgresStoreParts): Pick<DeliveryStore, "publishEvents" | "enqueue"> {
  return {
    publishEvents: (instance, events, candidatesOf, options) =>
      db.write(async (transaction) => {
        const { at, mostNew = Infinity } = options;
        const ids = events.map(({ id }) => id);
        const types = events.map(({ type }) => type);
        const [, added, listeners] = await Promise.all([
          holdInstance(transaction, instance),
          rememberEvents(transaction, instance, ids, at),
          findListeners(transaction, instance, types, candidatesOf),
        ]);
        if (added.size > mostNew) throw new StoreError("quota-exceeded", "too many events are new");
        const deliveries = events.map((event) =>
          // Of an id that comes twice, the first is published.
          added.delete(event.id) ? deliveriesOf(event, listeners, at, newDeliveryId) : [],
        );
        const counts = deliveries.map(({ length }) => length);
        checkDeliveries(counts, options.mostDeliveries);
        if (counts.some((count) => count > 0)) {
          await lockQueues(transaction, instance, targetsOf(listeners));
          insertChained(transaction, instance, deliveries.flat(), options);
        }
        return counts;
      }),

    enqueue: (instance, deliveries, at, { mostPending = null } = {}) =>
      db.write(async (transaction) => {
        const targets = [...new Set(deliveries.map(({ target }) => target))];
        await Promise.all([
          holdInstance(transaction, instance),
          lockQueues(transaction, instance, targets),
        ]);
        insertDeliveries(transaction, instance, deliveries, { at, mostPending });
      }),
  };
}

/** Remembers ids of events, and resolves with those that are new. */
async function rememberEvents(
  transaction: Transaction,
  instance: Parameters<DeliveryStore["publishEvents"]>[0],
  ids: readonly string[],
  at: number,
): Promise<Set<string>> {
  const rows = await transaction.rows<{ id: string }>(
    `INSERT INTO published_events (instance_id, id, at)
     SELECT $1, id, $3 FROM (SELECT DISTINCT unnest($2::text[]) COLLATE "C" AS id) AS given
     ORDER BY id ON CONFLICT DO NOTHING RETURNING id`,
    [instance, ids, at],
  );
  return new Set(rows.map(({ id }) => id));
}

type Reads = Pick<
  DeliveryStore,
  "nextDue" | "backlog" | "listDeliveries" | "readDelivery" | "changedDeliveries" | "latestRevision"
>;

function deliveryReads({ db }: PostgresStoreParts): Reads {
  return {
    nextDue: () => db.read(nextLook),

    backlog: () => db.read(readBacklog),

    listDeliveries: (instance, query) =>
      db.snapshot(async (session) => {
        const { page, lastScanned } = deliveryListSql(postgresDialect, instance, query);
        const [exists, rows] = await Promise.all([
          instanceExists(session, instance),
          session.query<DeliveryRow>(page),
        ]);
        if (!exists) return { items: [], next: undefined };
        const items = rows.slice(0, query.limit);
        const [end] =
          rows.length > items.length
            ? items.slice(-1)
            : await session.query<DeliveryRow>(lastScanned);
        return { items: items.map(toListed), next: end && cursorOf(end) };
      }),

    readDelivery: (instance, id) =>
      db.snapshot(async (session) => {
        const [exists, row] = await Promise.all([
          instanceExists(session, instance),
          readDelivery(session, instance, id),
        ]);
        if (!exists || row === undefined) return undefined;
        const [context, log] = await Promise.all([
          readContext(session, row.row),
          readAttempts(session, row.row),
        ]);
        return { delivery: toDelivery(row, context), log };
      }),

    changedDeliveries: (instance, after, limit) =>
      db.snapshot(async (session) => {
        const [exists, { pruned }, rows] = await Promise.all([
          instanceExists(session, instance),
          readRevisions(session, instance),
          session.rows<DeliveryRow>(
            `SELECT ${deliveryColumns} FROM deliveries
             WHERE instance_id = $1 AND revision > $2 ORDER BY revision LIMIT $3`,
            [instance, after, limit],
          ),
        ]);
        if (!exists) return [];
        return after < pruned ? undefined : rows.map(toListed);
      }),

    latestRevision: (instance) =>
      db.read(async (session) => (await readRevisions(session, instance)).latest),
  };
}
