import type Database from "better-sqlite3";
import type { AttemptRecord } from "../../domain/delivery.ts";
import { micros, nanoseconds } from "../../domain/units.ts";
import { steady } from "./steady.ts";

interface AttemptRow {
  readonly number: number;
  readonly started_at: number;
  readonly duration: number;
  readonly stage: string | null;
  readonly timed_out: number;
  readonly http_status: number | null;
  readonly error: string;
  readonly address: string | null;
  readonly timings: string;
  readonly request_headers: string;
  readonly response_headers: string;
  readonly response_body: Uint8Array;
}

const columns: readonly (keyof AttemptRow)[] = [
  "number",
  "started_at",
  "duration",
  "stage",
  "timed_out",
  "http_status",
  "error",
  "address",
  "timings",
  "request_headers",
  "response_headers",
  "response_body",
];

/** The log of each delivery, by the row of the delivery. */
export interface AttemptTable {
  add(delivery: number, attempt: AttemptRecord): void;
  /** Oldest first. */
  list(delivery: number): readonly AttemptRecord[];
}

export function createAttemptTable(db: Database.Database): AttemptTable {
  const insert = db.prepare<[AttemptRow & { readonly delivery: number }]>(
    steady(`INSERT INTO attempts (delivery, position, ${columns.join(", ")})
     VALUES (@delivery,
       (SELECT coalesce(max(position), 0) + 1 FROM attempts WHERE delivery = @delivery),
       ${columns.map((name) => `@${name}`).join(", ")})`),
  );
  const select = db.prepare<[number], AttemptRow>(
    steady(`SELECT ${columns.join(", ")} FROM attempts WHERE delivery = ? ORDER BY position`),
  );
  return {
    add: (delivery, attempt) => void insert.run({ delivery, ...toRow(attempt) }),
    list: (delivery) => select.all(delivery).map(toAttempt),
  };
}

function toRow(attempt: AttemptRecord): AttemptRow {
  return {
    number: attempt.number,
    started_at: attempt.startedAt,
    duration: attempt.duration,
    stage: attempt.stage ?? null,
    timed_out: Number(attempt.timedOut),
    http_status: attempt.httpStatus ?? null,
    error: attempt.error,
    address: attempt.address ?? null,
    timings: JSON.stringify(attempt.timings),
    request_headers: JSON.stringify(attempt.requestHeaders),
    response_headers: JSON.stringify(attempt.responseHeaders),
    response_body: attempt.responseBody,
  };
}

function toAttempt(row: AttemptRow): AttemptRecord {
  const timings = JSON.parse(row.timings) as Partial<AttemptRecord["timings"]>;
  const { dns, connect, tls, firstByte } = timings;
  return {
    number: row.number,
    startedAt: micros(row.started_at),
    duration: nanoseconds(row.duration),
    stage: row.stage ?? undefined,
    timedOut: row.timed_out === 1,
    httpStatus: row.http_status ?? undefined,
    error: row.error,
    address: row.address ?? undefined,
    timings: { dns, connect, tls, firstByte },
    requestHeaders: JSON.parse(row.request_headers) as AttemptRecord["requestHeaders"],
    responseHeaders: JSON.parse(row.response_headers) as AttemptRecord["responseHeaders"],
    responseBody: row.response_body,
  };
}
