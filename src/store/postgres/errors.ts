/** PostgreSQL's errors as store errors, by SQLSTATE (postgresql.org/docs/18/errcodes-appendix.html). */
import pg from "pg";
import { SealError } from "../seal.ts";
import { StoreStartError } from "../start-error.ts";
import { StoreError, type StoreErrorCode } from "../store.ts";

/** Outcomes of which another try of the same transaction makes something else. */
const passing: ReadonlySet<string> = new Set([
  // serialization_failure, deadlock_detected
  "40001",
  "40P01",
]);

/** Unique constraints that a caller may run into, and what that means. */
const taken: ReadonlyMap<string, { readonly code: StoreErrorCode; readonly message: string }> =
  new Map([
    ["targets_name_key", { code: "name-taken", message: "another target has this name" }],
    ["instances_pkey", { code: "instance-exists", message: "the instance id is or was in use" }],
  ]);

/** The states of the schema's function at_most. */
export const quotaStates = { exceeded: "TG001", queueFull: "TG002" } as const;

const quotas: ReadonlyMap<string, { readonly code: StoreErrorCode; readonly message: string }> =
  new Map([
    [
      quotaStates.exceeded,
      { code: "quota-exceeded", message: "the instance has as many of these as it may" },
    ],
    [
      quotaStates.queueFull,
      { code: "queue-full", message: "the instance has as many pending deliveries as it may" },
    ],
  ]);

/**
 * States, by their first two characters or in full, of conditions that may pass: no connection, too many of
 * them, too little memory or disk, a server that stops or starts or became a standby, a limit of time.
 */
const unavailable: ReadonlySet<string> = new Set([
  "08",
  "25006",
  "25P03",
  "53",
  "55P03",
  "57",
  "58",
  "40",
]);

/** Tells whether a transaction should be tried again from its beginning. */
export function isPassing(error: unknown): boolean {
  return error instanceof pg.DatabaseError && passing.has(error.code ?? "");
}

/** Tells whether the server refused a write because it is not, or no longer, the primary. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === "25006";
}

/** Makes what the driver and the sealing threw a StoreError; anything else stays as it is. */
export function toStoreError(error: unknown): unknown {
  if (error instanceof SealError) {
    return new StoreError("broken", "a stored secret cannot be read", { cause: error });
  }
  if (error instanceof pg.DatabaseError) return ofDatabase(error, error.code ?? "");
  if (error instanceof ConnectionError) {
    return new StoreError("unavailable", "the database cannot be reached", { cause: error });
  }
  return error;
}

function ofDatabase(error: pg.DatabaseError, state: string): StoreError {
  const conflict = state === "23505" ? taken.get(error.constraint ?? "") : quotas.get(state);
  if (conflict !== undefined) {
    return new StoreError(conflict.code, conflict.message, { cause: error });
  }
  return unavailable.has(state) || unavailable.has(state.slice(0, 2))
    ? new StoreError("unavailable", "the database cannot be used right now", { cause: error })
    : new StoreError("broken", "the database refused a statement", { cause: error });
}

/** The connection could not be made, or was lost. What was sent may have been done or not. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";

  /** Whether the server itself said that it ends the connection, after all that it had answered before. */
  get isAnnounced(): boolean {
    return this.cause instanceof pg.DatabaseError;
  }
}

/**
 * With these the server ends a connection, or does not begin it: it stops, starts or recovers, or the
 * connection did nothing for too long (25P03, 57P05).
 */
const ending: ReadonlySet<string> = new Set(["57P01", "57P02", "57P03", "57P05", "25P03"]);

/** What came with a connection: an answer of the server, or else the loss of it. */
export function connectionError(error: unknown): unknown {
  if (error instanceof StoreError || error instanceof ConnectionError) return error;
  if (error instanceof pg.DatabaseError && !ending.has(error.code ?? "")) return error;
  return new ConnectionError("no connection to the database", { cause: error });
}

/** The error of calls while the database does not answer. */
export function awayError(): StoreError {
  return new StoreError("unavailable", "the database does not answer");
}

/** The error of calls that found no connection free: the database is there, but has enough to do. */
export function busyError(): StoreError {
  return new StoreError("unavailable", "all connections to the database are in use");
}

/** The error of calls that come after close(). */
export function closedError(): StoreError {
  return new StoreError("unavailable", "the store is closed");
}

/**
 * Makes what came up while a store was opened a StoreStartError; anything else stays as it is.
 *
 * @param where the database, without its password
 */
export function toStartError(error: unknown, where: string): unknown {
  if (error instanceof pg.DatabaseError) {
    const hint = advice.get(error.code ?? "") ?? "the server refused a statement";
    const message = `${where} cannot be used as targetd's database: ${hint} (${error.code})`;
    return new StoreStartError("unusable", message, { cause: error });
  }
  if (error instanceof ConnectionError) {
    const message = `${where} cannot be reached: check the URL, the network and the server`;
    return new StoreStartError("unusable", message, { cause: error });
  }
  return error;
}

/** What an operator can do when a database does not open. */
const advice: ReadonlyMap<string, string> = new Map([
  ["28P01", "the password is wrong"],
  ["28000", "the server does not let this user in"],
  ["3D000", "there is no such database; create it"],
  ["42501", "the user may not do this; make it the owner of the database"],
  ["42P07", "it has tables that are not targetd's; use a database of its own"],
  ["53300", "the server has no connection left"],
]);
