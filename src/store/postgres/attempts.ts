/** The log of each delivery, by the row of the delivery. */
import type { AttemptRecord } from "../../domain/delivery.ts";
import {
  type AttemptRow,
  attemptColumns as columns,
  toAttempt,
  toAttemptRow,
} from "../rows/attempts.ts";
import type { Session, Transaction } from "./session.ts";

/** The types of the columns, in their order. */
const types = {
  number: "integer",
  started_at: "bigint",
  duration: "bigint",
  stage: "text",
  timed_out: "boolean",
  http_status: "integer",
  error: "text",
  address: "text",
  timings: "text",
  request_headers: "text",
  response_headers: "text",
  response_body: "bytea",
} as const satisfies Record<keyof AttemptRow, string>;

const json: ReadonlySet<string> = new Set(["timings", "request_headers", "response_headers"]);

const insertSql = `INSERT INTO attempts (delivery, position, ${columns.join(", ")})
  SELECT given.delivery, (SELECT coalesce(max(position), 0) + 1 FROM attempts
      WHERE attempts.delivery = given.delivery),
    ${columns.map((name) => `given.${name}${json.has(name) ? "::json" : ""}`).join(", ")}
  FROM unnest($1::bigint[], ${columns.map((name, index) => `$${index + 2}::${types[name]}[]`).join(", ")})
    AS given (delivery, ${columns.join(", ")})`;

/** Writes an attempt of each of some deliveries. */
export function addAttempts(
  transaction: Transaction,
  attempts: readonly { readonly delivery: number; readonly attempt: AttemptRecord }[],
): void {
  if (attempts.length === 0) return;
  const rows = attempts.map(({ attempt }) => toAttemptRow(attempt));
  transaction.send(insertSql, [
    attempts.map(({ delivery }) => delivery),
    ...columns.map((name) => rows.map((row) => row[name])),
  ]);
}

/** Oldest first. */
export async function readAttempts(
  session: Session,
  delivery: number,
): Promise<readonly AttemptRecord[]> {
  const rows = await session.rows<AttemptRow>(
    `SELECT ${columns.join(", ")} FROM attempts WHERE delivery = $1 ORDER BY position`,
    [delivery],
  );
  return rows.map(toAttempt);
}
