/**
 * The rows of changes. Each instance has a counter, whose row is locked from the writing of a change to the
 * end of the transaction: so changes become visible in the order of their numbers, and whoever reads on
 * from a number misses none. It also means that writes of one instance that leave a change commit one after
 * the other, as many in a second as the server can sync one by one; those of different instances do not
 * wait for each other. The lock is taken by the last statement before the commit, wherever that can be.
 */
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { ChangeContent, ChangePage, ChangeQuery } from "../audit-store.ts";
import { changeRanges, changesSql, placeTimes } from "../queries/changes.ts";
import { type ChangeRow, toChangePage } from "../rows/changes.ts";
import type { Authorship } from "../store.ts";
import { postgresDialect } from "./dialect.ts";
import type { Session, Transaction, Value } from "./session.ts";

/** A change that is to be written. */
export interface Entry {
  /** Whose write it is, at its time. */
  readonly by: Authorship;
  readonly content: ChangeContent;
  /** Of the change, by default the time of the write; it moves forward even when the clock does not. */
  readonly date?: Micros;
}

export const dateOf = ({ by, date = by.at }: Entry): Micros => date;

const insertSql = `WITH counter AS (
    INSERT INTO change_counters AS c (instance_id, latest, latest_at) VALUES ($1, $2, $3)
    ON CONFLICT (instance_id) DO UPDATE SET latest = c.latest + excluded.latest,
      latest_at = greatest(c.latest_at, excluded.latest_at)
    RETURNING latest, latest_at
  )
  INSERT INTO changes (instance_id, sequence, at, latest_at, author, certificate, resource_type,
    resource_id, action, fields)
  SELECT $1, counter.latest - $2 + entry.place, entry.at, counter.latest_at, entry.author,
    entry.certificate, entry.resource_type, entry.resource_id, entry.action, entry.fields::json
  FROM counter, unnest($4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[]) WITH ORDINALITY
    AS entry (at, author, certificate, resource_type, resource_id, action, fields, place)
  RETURNING sequence`;

/** The last change until which all were made before a time. */
const lastBeforeSql = `SELECT sequence FROM changes WHERE instance_id = $1 AND latest_at < $2
  ORDER BY latest_at DESC, sequence DESC LIMIT 1`;

function insertValues(instance: InstanceId, entries: readonly Entry[]): readonly Value[] {
  const times = entries.map(dateOf);
  return [
    instance,
    entries.length,
    Math.max(...times),
    times,
    entries.map(({ by }) => by.author),
    entries.map(({ by }) => by.certificate ?? null),
    entries.map(({ content }) => content.resourceType),
    entries.map(({ content }) => content.resourceId),
    entries.map(({ content }) => content.action),
    entries.map(({ content }) => JSON.stringify(content.fields)),
  ];
}

/** Writes changes; to be called last. */
export function addChanges(
  transaction: Transaction,
  instance: InstanceId,
  entries: readonly Entry[],
): void {
  if (entries.length > 0) transaction.send(insertSql, insertValues(instance, entries));
}

/** Writes changes, at least one, and resolves with the number of the first. */
export async function addNumberedChanges(
  transaction: Transaction,
  instance: InstanceId,
  entries: readonly Entry[],
): Promise<number> {
  const rows = await transaction.rows<{ sequence: number }>(
    insertSql,
    insertValues(instance, entries),
  );
  return Math.min(...rows.map(({ sequence }) => sequence));
}

export async function listChanges(
  session: Session,
  instance: InstanceId,
  query: ChangeQuery,
): Promise<ChangePage> {
  const { from, last } = placeTimes(query);
  const place = async (at: Micros) => {
    const found = await session.row<{ sequence: number }>(lastBeforeSql, [instance, at]);
    return found?.sequence ?? 0;
  };
  const [fromPlace, lastPlace] = await Promise.all([from && place(from), last && place(last)]);
  const places = { from: fromPlace ?? 0, last: lastPlace };
  const rows: ChangeRow[] = [];
  for (const range of changeRanges(query, places)) {
    const statement = changesSql(postgresDialect, instance, query, range);
    rows.push(...(await session.query<ChangeRow>(statement)));
    if (rows.length > query.limit) break;
  }
  return toChangePage(rows, query.limit);
}
