import type Database from "better-sqlite3";
import type { CalledSettings, Target } from "../../domain/target.ts";
import type { TargetQuery } from "../../domain/target-query.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import { expiredTargetsSql, targetListSql } from "../queries/targets.ts";
import {
  type CalledRow,
  rowId,
  type TargetRow,
  toCalledSettings,
  toTarget,
  toTargetRow,
} from "../rows/targets.ts";
import type { Sealer } from "../seal.ts";
import { openHeaders, resealHeaders, sealHeaders } from "../sealed-values.ts";
import { type ExpiredTarget, type Page, StoreError } from "../store.ts";
import { sqliteDialect } from "./dialect.ts";
import type { Undoing } from "./group-commit.ts";
import { extended, type Link, noHistory } from "./histories.ts";
import {
  createKeptTargets,
  type KeptTarget,
  type KeptTargets,
  withoutExpiredKeys,
} from "./kept-targets.ts";
import { createSigningKeyTable, type SigningKeyTable } from "./signing-keys.ts";
import { createTargetRows, type TargetRows } from "./target-rows.ts";

/** The rows of targets with their keys. Everything runs inside the caller's transaction. */
export interface TargetTable {
  /** Reads a target without the keys that have expired at `now`. */
  read(instance: InstanceId, id: TargetId, now: Micros): Target | undefined;
  list(instance: InstanceId, query: TargetQuery, now: Micros): Page<Target>;
  /** Whether the target is there and not deleted. */
  exists(instance: InstanceId, id: TargetId): boolean;
  /**
   * @param change the number of the change that will tell of it
   * @throws StoreError `name-taken`
   */
  insert(instance: InstanceId, target: Target, change: number): Link;
  /**
   * Writes what differs from what is stored; keys that `next` does not have are deleted.
   *
   * @param change the number of the change that will tell of it
   * @throws StoreError `not-found`, `name-taken`
   */
  replace(instance: InstanceId, next: Target, change: number): Link;
  /** Adds a change of what belongs to a target and is stored elsewhere to its history. */
  extend(instance: InstanceId, id: TargetId, change: number): Link;
  /** What results of calls are judged by; undefined when the target is not there. Opens no secret. */
  calledSettings(instance: InstanceId, id: TargetId): CalledSettings | undefined;
  /** Sets the end of a temporary target, and tells whether it is one. */
  renew(instance: InstanceId, id: TargetId, expiresAt: Micros): boolean;
  /** Those of all living instances that are to be deleted at `now`. */
  expired(now: Micros): readonly ExpiredTarget[];
  /**
   * Marks a target as deleted and deletes its secrets.
   *
   * @param change the number of the change that will tell of it
   */
  bury(instance: InstanceId, id: TargetId, at: Micros, change: number): Link;
  /** When a target was deleted; undefined when it was not. */
  deletedAt(instance: InstanceId, id: TargetId): number | undefined;
  /** To be called when rows of targets or their keys go in another way: with their instance, or swept. */
  forget(): void;
}

export function createTargetTable(
  db: Database.Database,
  sealer: Sealer,
  commits: Undoing,
): TargetTable {
  const keys = createSigningKeyTable(db, sealer);
  const kept = createKeptTargets(commits);
  const rows = createTargetRows(db);
  const selectCalled = db.prepare<[string, string], CalledRow>(
    `SELECT endpoint, delivery_policy, disabled FROM targets
     WHERE instance_id = ? AND id = ? AND deleted_at IS NULL`,
  );
  const living = db
    .prepare<[string, string], number>(
      "SELECT 1 FROM targets WHERE instance_id = ? AND id = ? AND deleted_at IS NULL",
    )
    .pluck();

  const assemble = (row: TargetRow, now: Micros): Target => {
    const id = rowId(row);
    const headers = openHeaders(sealer, row.instance_id, id, row.sealed_headers);
    return toTarget(row, headers, keys.read(row.instance_id, id, now));
  };

  /** With all its keys. */
  const stored = (instance: InstanceId, id: TargetId): KeptTarget | undefined => {
    const known = kept.find(instance, id);
    if (known !== undefined) return known;
    const found = rows.read(instance, id);
    return found && kept.put({ ...found, target: assemble(found.row, beginning) });
  };

  return {
    read(instance, id, now) {
      const found = stored(instance, id);
      return found && withoutExpiredKeys(found.target, now);
    },

    list(instance, query, now) {
      const { page, count } = targetListSql(sqliteDialect, instance, query);
      const found = db.prepare<unknown[], TargetRow>(page.sql).all(...page.values);
      const total = db
        .prepare<unknown[], number>(count.sql)
        .pluck()
        .get(...count.values);
      return { items: found.map((row) => assemble(row, now)), total: total ?? 0 };
    },

    exists: (instance, id) => living.get(instance, id) !== undefined,

    calledSettings(instance, id) {
      const row = selectCalled.get(instance, id);
      return row && toCalledSettings(row);
    },

    ...targetWrites(sealer, rows, keys, kept, stored),
    ...temporaryTargets(db, kept),
    ...deletions(db, rows, keys, kept),
    forget: kept.clear,
  };
}

function targetWrites(
  sealer: Sealer,
  rows: TargetRows,
  keys: SigningKeyTable,
  kept: KeptTargets,
  stored: (instance: InstanceId, id: TargetId) => KeptTarget | undefined,
): Pick<TargetTable, "insert" | "replace" | "extend"> {
  return {
    insert(instance, target, change) {
      const headers = sealHeaders(sealer, instance, target.id, target.settings.headers);
      const { history, link } = extended(noHistory, change);
      rows.insert(toTargetRow(instance, target, headers), history);
      keys.insert(instance, target);
      return link;
    },

    replace(instance, next, change) {
      const before = stored(instance, next.id);
      if (before === undefined) throw new StoreError("not-found", "there is no such target");
      const { target, row } = before;
      const current = { target, sealedHeaders: row.sealed_headers };
      const after = toTargetRow(instance, next, resealHeaders(sealer, instance, current, next));
      const { history, link } = extended(before.history, change);
      rows.update(row, after, history);
      keys.replace(instance, target, next);
      kept.put({ row: after, target: toTarget(after, next.settings.headers, next), history });
      return link;
    },

    extend(instance, id, change) {
      const { history, link } = extended(rows.history(instance, id), change);
      rows.setHistory(instance, id, history);
      kept.forget(instance, id);
      return link;
    },
  };
}

function deletions(
  db: Database.Database,
  rows: TargetRows,
  keys: SigningKeyTable,
  kept: KeptTargets,
): Pick<TargetTable, "bury" | "deletedAt"> {
  const markDeleted = db.prepare<[number, string, string]>(
    `UPDATE targets SET deleted_at = ?, sealed_headers = NULL, history = NULL
     WHERE instance_id = ? AND id = ? AND deleted_at IS NULL`,
  );
  const selectDeleted = db
    .prepare<[string, string], number>(
      `SELECT deleted_at FROM targets
       WHERE instance_id = ? AND id = ? AND deleted_at IS NOT NULL`,
    )
    .pluck();
  return {
    bury(instance, id, at, change) {
      const { link } = extended(rows.history(instance, id), change);
      kept.forget(instance, id);
      markDeleted.run(at, instance, id);
      keys.deleteAll(instance, id);
      return link;
    },

    deletedAt: (instance, id) => selectDeleted.get(instance, id),
  };
}

function temporaryTargets(
  db: Database.Database,
  kept: KeptTargets,
): Pick<TargetTable, "renew" | "expired"> {
  const setEnd = db.prepare<[number, string, string]>(
    `UPDATE targets SET expires_at = ? WHERE instance_id = ? AND id = ?
       AND deleted_at IS NULL AND expires_at IS NOT NULL`,
  );
  const expired = db.prepare<[number], ExpiredTarget>(expiredTargetsSql("?"));
  return {
    renew(instance, id, expiresAt) {
      kept.forget(instance, id);
      return setEnd.run(expiresAt, instance, id).changes > 0;
    },
    expired: (now) => expired.all(now),
  };
}

/** Before any key has expired. */
const beginning = micros(0);
