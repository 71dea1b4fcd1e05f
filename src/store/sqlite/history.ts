import type Database from "better-sqlite3";
import type { FieldChange } from "../../domain/target.ts";
import { type InstanceId, micros, type TargetId } from "../../domain/units.ts";
import type { HistoryEntry } from "../store.ts";

interface HistoryRow {
  readonly at: number;
  readonly author: string;
  readonly action: HistoryEntry["action"];
  /** JSON of FieldChange[]. */
  readonly fields: string;
}

/** The rows of target_history. */
export interface HistoryTable {
  add(instance: InstanceId, entry: HistoryEntry): void;
  /** Oldest first. */
  read(instance: InstanceId, id: TargetId): readonly HistoryEntry[];
}

export function createHistoryTable(db: Database.Database): HistoryTable {
  const insert = db.prepare<[string, string, number, string, string, string]>(
    `INSERT INTO target_history (instance_id, target_id, at, author, action, fields)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const select = db.prepare<[string, string], HistoryRow>(
    `SELECT at, author, action, fields FROM target_history
     WHERE instance_id = ? AND target_id = ? ORDER BY sequence`,
  );
  return {
    add(instance, { targetId, at, author, action, fields }) {
      insert.run(instance, targetId, at, author, action, JSON.stringify(fields));
    },
    read(instance, targetId) {
      return select.all(instance, targetId).map((row) => ({
        targetId,
        at: micros(row.at),
        author: row.author,
        action: row.action,
        fields: JSON.parse(row.fields) as FieldChange[],
      }));
    },
  };
}
