import type Database from "better-sqlite3";
import type { AttemptRecord } from "../../domain/delivery.ts";
import { type AttemptRow, attemptColumns, toAttempt, toAttemptRow } from "../rows/attempts.ts";
import { steady } from "./steady.ts";

/** The log of each delivery, by the row of the delivery. Everything runs inside the caller's transaction. */
export interface AttemptTable {
  add(delivery: number, attempt: AttemptRecord): void;
  /** Oldest first. */
  list(delivery: number): readonly AttemptRecord[];
  /** To be called when a delivery is deleted. */
  deleteAll(delivery: number): void;
}

/** Takes the row of the delivery, twice. */
const ofDelivery = "entry > ? << 20 AND entry < (? + 1) << 20";
const columns = attemptColumns.join(", ");

export const attemptSql = {
  last: steady(`SELECT max(entry) FROM attempts WHERE ${ofDelivery}`),
  list: steady(`SELECT ${columns} FROM attempts WHERE ${ofDelivery} ORDER BY entry`),
  deleteAll: steady(`DELETE FROM attempts WHERE ${ofDelivery}`),
} as const;

export function createAttemptTable(db: Database.Database): AttemptTable {
  const insert = db.prepare(
    `INSERT INTO attempts (entry, ${columns})
     VALUES (coalesce((${attemptSql.last}), ? << 20) + 1, ${attemptColumns.map(() => "?").join(", ")})`,
  );
  const select = db.prepare<[number, number], AttemptRow>(attemptSql.list);
  const remove = db.prepare<[number, number]>(attemptSql.deleteAll);
  return {
    add(delivery, attempt) {
      const row = toAttemptRow(attempt);
      const values = attemptColumns.map((name) =>
        name === "timed_out" ? Number(row[name]) : row[name],
      );
      insert.run(delivery, delivery, delivery, ...values);
    },
    list: (delivery) => select.all(delivery, delivery).map(toAttempt),
    deleteAll: (delivery) => void remove.run(delivery, delivery),
  };
}
