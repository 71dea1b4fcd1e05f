import type Database from "better-sqlite3";
import { BoundedCache } from "../../bounded-cache.ts";
import type { CalledSettings, Target } from "../../domain/target.ts";
import type { TargetQuery } from "../../domain/target-query.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import { expiredTargetsSql, targetListSql } from "../queries/targets.ts";
import {
  type CalledRow,
  rowId,
  type TargetRow,
  targetColumns,
  toCalledSettings,
  toTarget,
  toTargetRow,
} from "../rows/targets.ts";
import { type WithNumbers, withNumber, withNumbers } from "../rows/values.ts";
import type { Sealer } from "../seal.ts";
import { openHeaders, resealHeaders, sealHeaders } from "../sealed-values.ts";
import { type ExpiredTarget, type Page, StoreError } from "../store.ts";
import { sqliteDialect } from "./dialect.ts";
import { isSqliteError } from "./errors.ts";
import type { Undoing } from "./group-commit.ts";
import {
  createKeptTargets,
  type KeptTarget,
  type KeptTargets,
  withoutExpiredKeys,
} from "./kept-targets.ts";
import { createSigningKeyTable, type SigningKeyTable } from "./signing-keys.ts";

/** The rows of targets with their keys. Everything runs inside the caller's transaction. */
export interface TargetTable {
  /** Reads a target without the keys that have expired at `now`. */
  read(instance: InstanceId, id: TargetId, now: Micros): Target | undefined;
  list(instance: InstanceId, query: TargetQuery, now: Micros): Page<Target>;
  /** Whether the target is there and not deleted. */
  exists(instance: InstanceId, id: TargetId): boolean;
  /** @throws StoreError `name-taken` */
  insert(instance: InstanceId, target: Target): void;
  /**
   * Writes what differs from what is stored; keys that `next` does not have are deleted.
   *
   * @throws StoreError `not-found`, `name-taken`
   */
  replace(instance: InstanceId, next: Target): void;
  /** What results of calls are judged by; undefined when the target is not there. Opens no secret. */
  calledSettings(instance: InstanceId, id: TargetId): CalledSettings | undefined;
  /** Sets the end of a temporary target, and tells whether it is one. */
  renew(instance: InstanceId, id: TargetId, expiresAt: Micros): boolean;
  /** Those of all living instances that are to be deleted at `now`. */
  expired(now: Micros): readonly ExpiredTarget[];
  /** Marks a target as deleted and deletes its secrets. */
  bury(instance: InstanceId, id: TargetId, at: Micros): void;
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
  const columns = targetColumns.join(", ");
  const select = db.prepare<[string, string], TargetRow>(
    `SELECT ${columns} FROM targets WHERE instance_id = ? AND id = ? AND deleted_at IS NULL`,
  );
  const selectCalled = db.prepare<[string, string], CalledRow>(
    `SELECT endpoint, delivery_policy, disabled FROM targets
     WHERE instance_id = ? AND id = ? AND deleted_at IS NULL`,
  );
  const insertRow = db.prepare<[WithNumbers<TargetRow>]>(
    `INSERT INTO targets (${columns}) VALUES (${targetColumns.map((name) => `@${name}`).join(", ")})`,
  );
  const updateRow = rowUpdater(db);
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
    const row = select.get(instance, id);
    return row && kept.put({ row, target: assemble(row, beginning) });
  };

  return {
    read(instance, id, now) {
      const found = stored(instance, id);
      return found && withoutExpiredKeys(found.target, now);
    },

    list(instance, query, now) {
      const { page, count } = targetListSql(sqliteDialect, instance, query);
      const rows = db.prepare<unknown[], TargetRow>(page.sql).all(...page.values);
      const total = db
        .prepare<unknown[], number>(count.sql)
        .pluck()
        .get(...count.values);
      return { items: rows.map((row) => assemble(row, now)), total: total ?? 0 };
    },

    exists: (instance, id) => living.get(instance, id) !== undefined,

    insert(instance, target) {
      const headers = sealHeaders(sealer, instance, target.id, target.settings.headers);
      writeNamed(() => insertRow.run(withNumbers(toTargetRow(instance, target, headers))));
      keys.insert(instance, target);
    },

    replace(instance, next) {
      const before = stored(instance, next.id);
      if (before === undefined) throw new StoreError("not-found", "there is no such target");
      const { target, row } = before;
      const current = { target, sealedHeaders: row.sealed_headers };
      const after = toTargetRow(instance, next, resealHeaders(sealer, instance, current, next));
      writeNamed(() => updateRow(row, after));
      keys.replace(instance, target, next);
      kept.put({ row: after, target: toTarget(after, next.settings.headers, next) });
    },

    calledSettings(instance, id) {
      const row = selectCalled.get(instance, id);
      return row && toCalledSettings(row);
    },

    ...temporaryTargets(db, kept),
    ...deletions(db, keys, kept),
    forget: kept.clear,
  };
}

function deletions(
  db: Database.Database,
  keys: SigningKeyTable,
  kept: KeptTargets,
): Pick<TargetTable, "bury" | "deletedAt"> {
  const markDeleted = db.prepare<[number, string, string]>(
    `UPDATE targets SET deleted_at = ?, sealed_headers = NULL
     WHERE instance_id = ? AND id = ? AND deleted_at IS NULL`,
  );
  const selectDeleted = db
    .prepare<[string, string], number>(
      `SELECT deleted_at FROM targets
       WHERE instance_id = ? AND id = ? AND deleted_at IS NOT NULL`,
    )
    .pluck();
  return {
    bury(instance, id, at) {
      kept.forget(instance, id);
      markDeleted.run(at, instance, id);
      keys.deleteAll(instance, id);
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

/** Sets of columns that change together whose statements are kept. */
const keptUpdates = 100;

/**
 * Returns a function that writes the columns in which a row differs from the one before: SQLite writes
 * every index again that has one of those that are named.
 */
function rowUpdater(db: Database.Database) {
  const statements = new BoundedCache<Database.Statement<unknown[]>>(keptUpdates);
  return (before: TargetRow, after: TargetRow): void => {
    const columns = targetColumns.filter((name) => differ(before[name], after[name]));
    const assignments = columns.map((name) => `${name} = ?`).join(", ");
    const statement = statements.get(assignments, () =>
      db.prepare(`UPDATE targets SET ${assignments} WHERE instance_id = ? AND id = ?`),
    );
    statement.run(...columns.map((name) => withNumber(after[name])), after.instance_id, after.id);
  };
}

/** A row that was read has 0 and 1 where one that is to be written has booleans. */
function differ(before: unknown, after: unknown): boolean {
  return before !== after && withNumber(before) !== withNumber(after);
}

/** The index of name keys is the only unique one of the table that is not its primary key. */
function writeNamed(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isSqliteError(error, "SQLITE_CONSTRAINT_UNIQUE")) throw error;
    throw new StoreError("name-taken", "another target has this name", { cause: error });
  }
}
