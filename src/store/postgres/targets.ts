/** The rows of targets with their keys. */
import type { CallableTarget } from "../../domain/execution.ts";
import type { CalledSettings, Target } from "../../domain/target.ts";
import type { TargetQuery } from "../../domain/target-query.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { expiredTargetsSql, targetListSql } from "../queries/targets.ts";
import { type PublicKeyRow, toPublicKey } from "../rows/public-keys.ts";
import type { QueueName } from "../rows/queues.ts";
import { toSigningKeys } from "../rows/signing-keys.ts";
import {
  type CalledRow,
  rowId,
  type TargetRow,
  targetColumns,
  toCalledSettings,
  toTarget,
  toTargetRow,
} from "../rows/targets.ts";
import type { Sealer } from "../seal.ts";
import { openHeaders, resealHeaders, type StoredTarget, sealHeaders } from "../sealed-values.ts";
import { type ExpiredTarget, type Page, StoreError } from "../store.ts";
import { queueKey } from "./delivery-queues.ts";
import { postgresDialect } from "./dialect.ts";
import { livingInstance } from "./instances.ts";
import type { Session, Transaction, Value } from "./session.ts";
import { insertKeys, type KeyColumns, keyRows, keysJoin, replaceKeys } from "./signing-keys.ts";

/** A target with its keys. */
export type StoredRow = TargetRow & KeyColumns;

/** The same with the active key that encrypts its payloads, if there is one. */
export type CallableRow = StoredRow & {
  readonly [Column in keyof PublicKeyRow as `public_${Column}`]: PublicKeyRow[Column] | null;
};

const keyColumns = "keys.key_ids, keys.key_secrets, keys.key_expiries";
const ownColumns = targetColumns.map((name) => `targets.${name}`).join(", ");

/** The columns of {@link CallableRow}. */
export const callableColumns = `${ownColumns}, ${keyColumns}, active_key.id AS public_id,
  active_key.pem AS public_pem, active_key.fingerprint AS public_fingerprint,
  active_key.active AS public_active, active_key.expires_at AS "public_expiresAt",
  active_key.created_at AS "public_createdAt", active_key.changed_at AS "public_changedAt"`;

/** Joins to targets what {@link callableColumns} needs; `now` is the placeholder of the time. */
export const callableJoins = (now: string) => `${keysJoin("targets", now)}
  LEFT JOIN public_keys AS active_key ON active_key.instance_id = targets.instance_id
    AND active_key.target_id = targets.id AND active_key.active
    AND (active_key.expires_at IS NULL OR active_key.expires_at > ${now})`;

/** @throws SealError */
export function toStored(sealer: Sealer, row: StoredRow): StoredTarget {
  const { instance_id: instance, sealed_headers: sealedHeaders } = row;
  const headers = openHeaders(sealer, instance, rowId(row), sealedHeaders);
  const keys = toSigningKeys(sealer, instance, rowId(row), keyRows(row));
  return { target: toTarget(row, headers, keys), sealedHeaders };
}

/** @throws SealError */
export function toCallable(sealer: Sealer, row: CallableRow): CallableTarget {
  const { public_id: id, public_pem: pem, public_fingerprint: fingerprint } = row;
  const { target } = toStored(sealer, row);
  if (id === null || pem === null || fingerprint === null) {
    return { target, encryptionKey: undefined };
  }
  const [expiresAt, active] = [row.public_expiresAt, true];
  const dates = { createdAt: row.public_createdAt ?? 0, changedAt: row.public_changedAt ?? 0 };
  const key = { id, pem, fingerprint, active, expiresAt, ...dates } as PublicKeyRow;
  return { target, encryptionKey: toPublicKey(key) };
}

const readSql = `SELECT ${ownColumns}, ${keyColumns} FROM targets ${keysJoin("targets", "$3")}
  WHERE targets.instance_id = $1 AND targets.id = $2 AND deleted_at IS NULL`;

/** Reads a target without the keys that have expired at `now`. */
export async function readTarget(
  session: Session,
  sealer: Sealer,
  [instance, id, now]: readonly [InstanceId, TargetId, Micros],
): Promise<StoredTarget | undefined> {
  const row = await session.row<StoredRow>(readSql, [instance, id, now]);
  return row && toStored(sealer, row);
}

/** The same, unless the instance is deleted. */
export async function findTarget(
  session: Session,
  sealer: Sealer,
  [instance, id, now]: readonly [InstanceId, TargetId, Micros],
): Promise<Target | undefined> {
  const sql = `${readSql} AND ${livingInstance("$1")}`;
  const row = await session.row<StoredRow>(sql, [instance, id, now]);
  return row && toStored(sealer, row).target;
}

/** Reads a target with all that a call needs, unless the instance is deleted. */
export async function findCallable(
  session: Session,
  sealer: Sealer,
  [instance, id, now]: readonly [InstanceId, TargetId, Micros],
): Promise<CallableTarget | undefined> {
  const row = await session.row<CallableRow>(
    `SELECT ${callableColumns} FROM targets ${callableJoins("$3")}
     WHERE targets.instance_id = $1 AND targets.id = $2 AND deleted_at IS NULL
       AND ${livingInstance("$1")}`,
    [instance, id, now],
  );
  return row && toCallable(sealer, row);
}

/** Reads what the results of calls are judged by, of targets of whatever instances, by the keys of their queues. */
export async function findCalledSettings(
  session: Session,
  names: readonly QueueName[],
): Promise<ReadonlyMap<string, CalledSettings>> {
  const rows = await session.rows<CalledRow & QueueName>(
    `SELECT instance_id AS instance, id AS target, endpoint, delivery_policy, disabled FROM targets
     WHERE (instance_id, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
       AND deleted_at IS NULL`,
    [names.map(({ instance }) => instance), names.map(({ target }) => target)],
  );
  return new Map(rows.map((row) => [queueKey(row), toCalledSettings(row)]));
}

/**
 * Locks a target, deleted or not, for a change, and resolves with its deletion time: null while it is
 * there, undefined when there never was one. Whoever reads it afterwards, by another statement, sees its
 * keys too as they are now.
 */
export async function lockTarget(
  transaction: Transaction,
  instance: InstanceId,
  id: TargetId,
): Promise<number | null | undefined> {
  const row = await transaction.row<{ deleted_at: number | null }>(
    "SELECT deleted_at FROM targets WHERE instance_id = $1 AND id = $2 FOR NO KEY UPDATE",
    [instance, id],
  );
  return row?.deleted_at;
}

export const noTarget = () => new StoreError("not-found", "there is no such target");

export async function listTargets(
  session: Session,
  sealer: Sealer,
  [instance, query, now]: readonly [InstanceId, TargetQuery, Micros],
): Promise<Page<Target>> {
  const { page, count } = targetListSql(postgresDialect, instance, query);
  const placed = `SELECT page.*, row_number() OVER () AS place FROM (${page.sql}) AS page`;
  const [rows, counts] = await Promise.all([
    session.query<StoredRow>({
      sql: `SELECT targets.*, ${keyColumns} FROM (${placed}) AS targets
        ${keysJoin("targets", "?")} ORDER BY targets.place`,
      values: [...page.values, now],
    }),
    session.query<{ total: number }>(count),
  ]);
  const items = rows.map((row) => toStored(sealer, row).target);
  return { items, total: counts[0]?.total ?? 0 };
}

const insertSql = `INSERT INTO targets (${targetColumns.join(", ")})
  VALUES (${targetColumns.map((_, index) => `$${index + 1}`).join(", ")})`;

const values = (row: TargetRow): readonly Value[] => targetColumns.map((name) => row[name]);

/** Inserts a target; fails with `name-taken`. */
export function insertTarget(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  target: Target,
): void {
  const headers = sealHeaders(sealer, instance, target.id, target.settings.headers);
  transaction.send(insertSql, values(toTargetRow(instance, target, headers)));
  insertKeys(transaction, sealer, instance, target);
}

const assignments = targetColumns
  .map((name, index) => `${name} = $${index + 1}`)
  .slice(2)
  .join(", ");

/** Writes `next` in place of a target that is locked; fails with `name-taken`. */
export function replaceTarget(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  {
    current,
    next,
    at,
  }: { readonly current: StoredTarget; readonly next: Target; readonly at: Micros },
): void {
  const headers = resealHeaders(sealer, instance, current, next);
  transaction.send(
    `UPDATE targets SET ${assignments} WHERE instance_id = $1 AND id = $2`,
    values(toTargetRow(instance, next, headers)),
  );
  replaceKeys(transaction, sealer, instance, { current: current.target, next, at });
}

/**
 * Sets the end of a temporary target, and tells whether it is one.
 *
 * @throws StoreError `not-found`
 */
export async function renewTarget(
  transaction: Transaction,
  instance: InstanceId,
  id: TargetId,
  expiresAt: Micros,
): Promise<boolean> {
  const row = await transaction.row<{ is_temporary: boolean }>(
    `UPDATE targets SET expires_at = CASE WHEN expires_at IS NULL THEN NULL ELSE $3::bigint END
     WHERE instance_id = $1 AND id = $2 AND deleted_at IS NULL AND ${livingInstance("$1")}
     RETURNING expires_at IS NOT NULL AS is_temporary`,
    [instance, id, expiresAt],
  );
  if (row === undefined) throw noTarget();
  return row.is_temporary;
}

/** The temporary targets of all living instances that are to be deleted at `now`. */
export const findExpired = (session: Session, now: Micros): Promise<readonly ExpiredTarget[]> =>
  session.rows<ExpiredTarget>(expiredTargetsSql("$1"), [now]);

/** Marks a target as deleted and deletes its headers. */
export function buryTarget(
  transaction: Transaction,
  instance: InstanceId,
  id: TargetId,
  at: Micros,
): void {
  transaction.send(
    "UPDATE targets SET deleted_at = $3, sealed_headers = NULL WHERE instance_id = $1 AND id = $2",
    [instance, id, at],
  );
}
