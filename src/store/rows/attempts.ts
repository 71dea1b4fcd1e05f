/** Rows of attempts and the domain's records of them, one into the other. */
import type { AttemptRecord } from "../../domain/delivery.ts";
import { micros, nanoseconds } from "../../domain/units.ts";
import type { Flag } from "./values.ts";

/** A row of attempts without its key. */
export interface AttemptRow {
  readonly number: number;
  readonly started_at: number;
  readonly duration: number;
  readonly stage: string | null;
  readonly timed_out: Flag;
  readonly http_status: number | null;
  readonly error: string;
  readonly address: string | null;
  readonly timings: string;
  readonly request_headers: string;
  readonly response_headers: string;
  readonly response_body: Uint8Array;
}

/** The columns of {@link AttemptRow}. */
export const attemptColumns: readonly (keyof AttemptRow)[] = [
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

export function toAttemptRow(attempt: AttemptRecord): AttemptRow {
  return {
    number: attempt.number,
    started_at: attempt.startedAt,
    duration: attempt.duration,
    stage: attempt.stage ?? null,
    timed_out: attempt.timedOut,
    http_status: attempt.httpStatus ?? null,
    error: attempt.error,
    address: attempt.address ?? null,
    timings: JSON.stringify(attempt.timings),
    request_headers: JSON.stringify(attempt.requestHeaders),
    response_headers: JSON.stringify(attempt.responseHeaders),
    response_body: attempt.responseBody,
  };
}

export function toAttempt(row: AttemptRow): AttemptRecord {
  const timings = JSON.parse(row.timings) as Partial<AttemptRecord["timings"]>;
  const { dns, connect, tls, firstByte } = timings;
  return {
    number: row.number,
    startedAt: micros(row.started_at),
    duration: nanoseconds(row.duration),
    stage: row.stage ?? undefined,
    timedOut: Boolean(row.timed_out),
    httpStatus: row.http_status ?? undefined,
    error: row.error,
    address: row.address ?? undefined,
    timings: { dns, connect, tls, firstByte },
    requestHeaders: JSON.parse(row.request_headers) as AttemptRecord["requestHeaders"],
    responseHeaders: JSON.parse(row.response_headers) as AttemptRecord["responseHeaders"],
    responseBody: row.response_body,
  };
}
