import type Database from "better-sqlite3";
import type { AttemptRecord } from "../../domain/delivery.ts";
import {
  type AttemptRow,
  attemptColumns as columns,
  toAttempt,
  toAttemptRow,
} from "../rows/attempts.ts";
import { type WithNumbers, withNumbers } from "../rows/values.ts";
import { steady } from "./steady.ts";

/** The log of each delivery, by the row of the delivery. */
export interface AttemptTable {
  add(delivery: number, attempt: AttemptRecord): void;
  /** Oldest first. */
  list(delivery: number): readonly AttemptRecord[];
}

export function createAttemptTable(db: Database.Database): AttemptTable {
  const insert = db.prepare<[WithNumbers<AttemptRow> & { readonly delivery: number }]>(
    steady(`INSERT INTO attempts (delivery, position, ${columns.join(", ")})
     VALUES (@delivery,
       (SELECT coalesce(max(position), 0) + 1 FROM attempts WHERE delivery = @delivery),
       ${columns.map((name) => `@${name}`).join(", ")})`),
  );
  const select = db.prepare<[number], AttemptRow>(
    steady(`SELECT ${columns.join(", ")} FROM attempts WHERE delivery = ? ORDER BY position`),
  );
  return {
    add: (delivery, attempt) =>
      void insert.run({ delivery, ...withNumbers(toAttemptRow(attempt)) }),
    list: (delivery) => select.all(delivery).map(toAttempt),
  };
}
