/** Reads and writes single rows of targets, with the ends of their histories. */
import type Database from "better-sqlite3";
import type { InstanceId, TargetId } from "../../domain/units.ts";
import { type TargetRow, targetColumns } from "../rows/targets.ts";
import { type WithNumbers, withNumber, withNumbers } from "../rows/values.ts";
import { StoreError } from "../store.ts";
import { isSqliteError } from "./errors.ts";
import { type History, historyText, readHistory } from "./histories.ts";

export interface TargetRows {
  /** Undefined when the target is not there or deleted. */
  read(
    instance: InstanceId,
    id: TargetId,
  ): { readonly row: TargetRow; readonly history: History } | undefined;
  /** @throws StoreError `name-taken` */
  insert(row: TargetRow, history: History): void;
  /**
   * Writes the columns in which a row differs from the one before: SQLite writes every index again that
   * has one of those that are named.
   *
   * @throws StoreError `name-taken`
   */
  update(before: TargetRow, after: TargetRow, history: History): void;
  /** Empty when the target is deleted. */
  history(instance: InstanceId, id: TargetId): History;
  setHistory(instance: InstanceId, id: TargetId, history: History): void;
}

/** The column that no other store has. */
interface HistoryRow {
  readonly history: string | null;
}

/** Sets of columns that change together whose statements are kept. */
const keptUpdates = 100;

export function createTargetRows(db: Database.Database): TargetRows {
  const columns = targetColumns.join(", ");
  const select = db.prepare<[string, string], TargetRow & HistoryRow>(
    `SELECT ${columns}, history FROM targets WHERE instance_id = ? AND id = ? AND deleted_at IS NULL`,
  );
  const insert = db.prepare<[WithNumbers<TargetRow & HistoryRow>]>(
    `INSERT INTO targets (${columns}, history)
     VALUES (${targetColumns.map((name) => `@${name}`).join(", ")}, @history)`,
  );
  const update = rowUpdater(db);
  const updateHistory = db.prepare<[string, string, string]>(
    "UPDATE targets SET history = ? WHERE instance_id = ? AND id = ?",
  );
  return {
    read(instance, id) {
      const found = select.get(instance, id);
      if (found === undefined) return undefined;
      const { history, ...row } = found;
      return { row, history: readHistory(history) };
    },

    insert: (row, history) =>
      writeNamed(() => insert.run(withNumbers({ ...row, history: historyText(history) }))),

    update: (before, after, history) => writeNamed(() => update(before, after, history)),

    history: historyReader(db),

    setHistory: (instance, id, history) =>
      void updateHistory.run(historyText(history), instance, id),
  };
}

/** Returns a function that reads the history of a target, which is empty when the target is deleted. */
export function historyReader(db: Database.Database) {
  const select = db.prepare<[string, string], string | null>(historySql).pluck();
  return (instance: InstanceId, id: string): History =>
    readHistory(select.get(instance, id) ?? null);
}

const historySql = "SELECT history FROM targets WHERE instance_id = ? AND id = ?";

function rowUpdater(db: Database.Database) {
  /** By a bit for each column. */
  const statements = new Map<number, Database.Statement<unknown[]>>();
  const prepare = (bits: number) => {
    const columns = targetColumns.filter((_, index) => (bits & (1 << index)) !== 0);
    const assignments = [...columns, "history"].map((name) => `${name} = ?`).join(", ");
    if (statements.size >= keptUpdates) statements.clear();
    const statement = db.prepare(
      `UPDATE targets SET ${assignments} WHERE instance_id = ? AND id = ?`,
    );
    statements.set(bits, statement);
    return statement;
  };
  return (before: TargetRow, after: TargetRow, history: History): void => {
    const values: unknown[] = [];
    let bits = 0;
    let bit = 1;
    for (const name of targetColumns) {
      const value = after[name];
      if (differ(before[name], value)) {
        bits |= bit;
        values.push(withNumber(value));
      }
      bit <<= 1;
    }
    values.push(historyText(history), after.instance_id, after.id);
    (statements.get(bits) ?? prepare(bits)).run(values);
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
