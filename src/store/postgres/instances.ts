/** The rows of instances with their features. */
import { type InstanceId, type Micros, micros } from "../../domain/units.ts";
import type { InstanceRecord } from "../instance-store.ts";
import { sqlOffset } from "../queries/bound-sql.ts";
import { type Page, type PageQuery, StoreError } from "../store.ts";
import type { Session, Transaction } from "./session.ts";

/** What a write knows of its instance. */
export interface HeldInstance {
  /** Whether some execution waits for events, which changes of targets and executions are. */
  readonly listens: boolean;
}

const listens = `EXISTS (SELECT 1 FROM executions WHERE instance_id = $1 AND listed
  AND id >= 'event' AND id < 'event0') AS listens`;

/** Tells whether some execution of an instance waits for events. */
export const listensSql = `SELECT ${listens}`;

/**
 * Keeps an instance from being deleted until the end of the transaction; the first lock of every write.
 * Others may hold it at the same time.
 *
 * @throws StoreError `not-found`
 */
export function holdInstance(transaction: Transaction, id: InstanceId): Promise<HeldInstance> {
  return lockLiving(transaction, id, "KEY SHARE");
}

/**
 * The same, for those who change what there is one of, or what refers to one another across targets:
 * features, keys of the instance, catalogue, lists of executions. They come one after the other.
 *
 * @throws StoreError `not-found`
 */
export function lockInstance(transaction: Transaction, id: InstanceId): Promise<HeldInstance> {
  return lockLiving(transaction, id, "NO KEY UPDATE");
}

/** The same for several; resolves with those that are there. */
export async function holdInstances(
  transaction: Transaction,
  ids: readonly InstanceId[],
): Promise<ReadonlySet<InstanceId>> {
  const rows = await transaction.rows<{ id: InstanceId }>(
    `SELECT id FROM instances WHERE id = ANY ($1) AND deleted_at IS NULL
     ORDER BY id FOR KEY SHARE`,
    [ids],
  );
  return new Set(rows.map(({ id }) => id));
}

async function lockLiving(transaction: Transaction, id: InstanceId, lock: string) {
  const row = await transaction.row<HeldInstance>(
    `SELECT ${listens} FROM instances WHERE id = $1 AND deleted_at IS NULL FOR ${lock}`,
    [id],
  );
  if (row === undefined) throw noInstance();
  return row;
}

export const noInstance = () => new StoreError("not-found", "there is no such instance");

/** Makes an error of a missing instance the value that stands for it. */
export async function unlessGone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** A condition of queries: the instance is there and not deleted. */
export const livingInstance = (id: string) =>
  `EXISTS (SELECT 1 FROM instances WHERE instances.id = ${id} AND instances.deleted_at IS NULL)`;

/** Whether the instance is there and not deleted. */
export async function instanceExists(session: Session, id: InstanceId): Promise<boolean> {
  const row = await session.row("SELECT 1 FROM instances WHERE id = $1 AND deleted_at IS NULL", [
    id,
  ]);
  return row !== undefined;
}

interface InstanceRow {
  readonly id: InstanceId;
  readonly name: string;
  readonly createdAt: number;
  readonly features: readonly string[];
  readonly switches: readonly boolean[];
}

const source = `SELECT id, name, created_at AS "createdAt",
    ARRAY(SELECT feature FROM instance_features WHERE instance_id = instances.id
      ORDER BY feature) AS features,
    ARRAY(SELECT enabled FROM instance_features WHERE instance_id = instances.id
      ORDER BY feature) AS switches
  FROM instances WHERE deleted_at IS NULL`;

export async function readInstance(
  session: Session,
  id: InstanceId,
): Promise<InstanceRecord | undefined> {
  const row = await session.row<InstanceRow>(`${source} AND id = $1`, [id]);
  return row && toInstance(row);
}

export async function listInstances(
  session: Session,
  { offset, limit, ascending }: PageQuery,
): Promise<Page<InstanceRecord>> {
  const direction = ascending ? "ASC" : "DESC";
  const [rows, count] = await Promise.all([
    session.rows<InstanceRow>(`${source} ORDER BY id ${direction} LIMIT $1 OFFSET $2`, [
      limit,
      sqlOffset(offset),
    ]),
    session.row<{ total: number }>(
      "SELECT count(*) AS total FROM instances WHERE deleted_at IS NULL",
      [],
    ),
  ]);
  return { items: rows.map(toInstance), total: count?.total ?? 0 };
}

function toInstance({ features, switches, createdAt, ...row }: InstanceRow): InstanceRecord {
  return {
    ...row,
    createdAt: micros(createdAt),
    features: new Map(features.map((feature, index) => [feature, switches[index] === true])),
  };
}

/** Inserts an instance; fails with `instance-exists`. */
export function insertInstance(
  transaction: Transaction,
  { id, name, createdAt, features }: InstanceRecord,
): void {
  transaction.send("INSERT INTO instances (id, name, created_at) VALUES ($1, $2, $3)", [
    id,
    name,
    createdAt,
  ]);
  for (const [feature, enabled] of features) putFeature(transaction, id, feature, enabled);
}

/** Marks an instance as deleted and forgets its features. */
export function buryInstance(transaction: Transaction, id: InstanceId, at: Micros): void {
  transaction.send("UPDATE instances SET deleted_at = $2 WHERE id = $1", [id, at]);
  transaction.send("DELETE FROM instance_features WHERE instance_id = $1", [id]);
}

export async function readFeature(
  session: Session,
  id: InstanceId,
  feature: string,
): Promise<boolean | undefined> {
  const row = await session.row<{ enabled: boolean }>(
    "SELECT enabled FROM instance_features WHERE instance_id = $1 AND feature = $2",
    [id, feature],
  );
  return row?.enabled;
}

/** @param enabled undefined: no longer switched */
export function putFeature(
  transaction: Transaction,
  id: InstanceId,
  feature: string,
  enabled: boolean | undefined,
): void {
  if (enabled === undefined) {
    const sql = "DELETE FROM instance_features WHERE instance_id = $1 AND feature = $2";
    transaction.send(sql, [id, feature]);
    return;
  }
  transaction.send(
    `INSERT INTO instance_features (instance_id, feature, enabled) VALUES ($1, $2, $3)
     ON CONFLICT (instance_id, feature) DO UPDATE SET enabled = excluded.enabled`,
    [id, feature, enabled],
  );
}
