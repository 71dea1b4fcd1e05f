/**
 * The storage contract. A driver must pass test/conformance/store unchanged.
 *
 * - Each method is one atomic action. A write resolves only when it is durable, claims and results of
 *   deliveries aside (delivery-store.ts), and rejects when nothing of it was written.
 * - Every call is about one instance; rows of another instance are never read, changed or counted.
 * - After a failed write or sync nothing is acknowledged until what was acknowledged before is known
 *   to be on the disk and the disk takes writes again; reads may go on.
 * - Functions passed in are pure and synchronous. A driver may call them more than once. What they
 *   throw rejects the call as it is, with nothing written.
 * - Secrets (signing keys, header values, private keys of instances, remembered answers and the
 *   fingerprints of their requests) are sealed at rest.
 * - Drivers reject with {@link StoreError}, decided by error codes, never by message text.
 */
import type { Chain } from "../domain/delivery.ts";
import type { FieldChange, Target } from "../domain/target.ts";
import type { TargetQuery } from "../domain/target-query.ts";
import type { InstanceId, Micros, TargetId } from "../domain/units.ts";
import type { AuditStore } from "./audit-store.ts";
import type { CatalogStore } from "./catalog-store.ts";
import type { DeliveryStore } from "./delivery-store.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { InstanceKeyStore } from "./instance-key-store.ts";
import type { InstanceStore } from "./instance-store.ts";
import type { PublicKeyStore } from "./public-key-store.ts";
import type { TokenStore } from "./token-store.ts";

/**
 * - `not-found`: the thing does not exist, or is deleted.
 * - `instance-exists`: the instance id is or was in use.
 * - `too-many-tokens`: the instance has as many live tokens as it may.
 * - `quota-exceeded`: the instance has as many of what the call adds as its quota allows.
 * - `queue-full`: the instance has as many pending deliveries as its quota allows.
 * - `too-many-deliveries`: the call would make more deliveries than one call may; `count` tells how many.
 * - `name-taken`: another target of the instance has the same name key.
 * - `request-id-reused`: the request id is remembered with another fingerprint.
 * - `unavailable`: the database cannot be used right now; the call may be tried again.
 * - `broken`: the database is damaged or refused the statement; trying again will not help.
 */
export type StoreErrorCode =
  | "not-found"
  | "too-many-tokens"
  | "quota-exceeded"
  | "queue-full"
  | "too-many-deliveries"
  | "name-taken"
  | "instance-exists"
  | "request-id-reused"
  | "unavailable"
  | "broken";

export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  /** How many there would be, where the code says that they are too many for one call. */
  readonly count: number | undefined;
  constructor(
    code: StoreErrorCode,
    message: string,
    { count, ...options }: { cause?: unknown; count?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.count = count;
  }
}

/** Who writes and when. */
export interface Authorship {
  /** Subject of the caller, kept in history. */
  readonly author: string;
  /** Subject of the client certificate of the connection, kept beside it. */
  readonly certificate?: string | undefined;
  /** Time of the write. */
  readonly at: Micros;
  /**
   * Where deliveries of events stand that the write publishes. Called only when there are any; what it
   * throws rejects the write. Without it they have depth 1 and no traceparent.
   */
  readonly chain?: (() => Chain) | undefined;
}

/**
 * Asks the store to remember the answer of a successful write. `caller`, `method` and `requestId`
 * identify it; the same three again within `keepUntil` yield the first answer if `fingerprint` is
 * the same, else `request-id-reused`. A twin under way at the same time waits for the first.
 */
export interface Replay<T> {
  readonly caller: string;
  readonly method: string;
  readonly requestId: string;
  /** SHA-256 of the request's content: 32 bytes. */
  readonly fingerprint: Uint8Array;
  readonly keepUntil: Micros;
  /** Encodes the answer that is remembered. */
  readonly encode: (result: T) => Uint8Array;
}

/** Options of a write. */
export interface WriteOptions<T> extends Authorship {
  readonly replay?: Replay<T>;
  /** Runs every check and then writes nothing: no row, no history, no remembered answer. */
  readonly dryRun?: boolean;
}

/** What `prune` does not delete. Where nothing is to be deleted, a time is 0 and a number Infinity. */
export interface Kept {
  /** Finished deliveries with their logs: those that were finished at this time or later... */
  readonly deliveriesFrom: Micros;
  /** ... and of these at most so many of each instance, the latest ones. */
  readonly deliveries: number;
  /** Ids of events that were published at this time or later. */
  readonly eventIdsFrom: Micros;
  /** Changes made at this time or later. */
  readonly changesFrom: Micros;
  /** Deletion times of targets that were deleted at this time or later. */
  readonly deletedTargetsFrom: Micros;
}

/** The result of a write, or the remembered answer of an earlier one. */
export type Written<T> =
  | { readonly kind: "done"; readonly result: T }
  | { readonly kind: "replayed"; readonly answer: Uint8Array };

/** What an update decided to do with the current target. */
export interface TargetChange {
  /** The target from now on; the same object as the current one means: write nothing. */
  readonly next: Target;
  /** What history keeps; empty when nothing changes. */
  readonly fields: readonly FieldChange[];
}

/** A temporary target whose time is up. */
export interface ExpiredTarget {
  readonly instance: InstanceId;
  readonly id: TargetId;
}

/** Which part of a list is wanted, and in which direction. */
export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
  readonly ascending: boolean;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Number of all matches, whatever offset and limit are. */
  readonly total: number;
}

/**
 * What waits in this process for its turn in the store, first come first served: writers for a commit, or work
 * for a connection. Asked at every call, so it must cost next to nothing.
 */
export interface StoreQueue {
  readonly length: number;
  /** When the first one came, by performance.now(); of no meaning when there is none. */
  readonly since: number;
}

/** Everything a store does. */
export interface Store
  extends TokenStore,
    InstanceStore,
    AuditStore,
    PublicKeyStore,
    ExecutionStore,
    InstanceKeyStore,
    CatalogStore,
    DeliveryStore {
  /** One object, whose values change. */
  readonly queue: StoreQueue;

  /**
   * Inserts a target. The id must be new. Writes a change "created" with what creationFields of the
   * domain says.
   *
   * @param options `mostTargets`: most targets that the instance may have then, deleted ones not
   *   counted; no bound without it. A remembered answer is given whatever it is.
   * Rejects: `not-found` when the instance does not exist or is deleted, `name-taken`,
   * `request-id-reused`, `quota-exceeded`.
   */
  createTarget(
    instance: InstanceId,
    target: Target,
    options: WriteOptions<Target> & { readonly mostTargets?: number | undefined },
  ): Promise<Written<Target>>;

  /**
   * Reads a target, lets `change` decide, and writes what it returned, as one action: no other write to the
   * target can come between. Looks up a replay first. Writes a change, dated with the change date of
   * `next`, exactly when `next` is not the current object. Keys that have expired at `options.at` are not
   * shown to `change`.
   *
   * Resolves with what `change` returned. Rejects: `not-found`, `name-taken`, `request-id-reused`.
   */
  updateTarget<C extends TargetChange>(
    instance: InstanceId,
    id: TargetId,
    change: (current: Target) => C,
    options: WriteOptions<C>,
  ): Promise<Written<C>>;

  /**
   * Deletes a target after `check` has seen it; what `check` throws rejects the call. Its name is
   * free again, its secrets and public keys are gone, and it stands in the list of no execution
   * (see execution-store.ts). A deleted target keeps its deletion time, which is `options.at` or just
   * after the last change, whichever is later.
   *
   * Resolves with the time of the deletion, the first one if it was deleted before, or undefined
   * when there never was such a target. `check` is not called in the latter two cases.
   */
  deleteTarget(
    instance: InstanceId,
    id: TargetId,
    check: (current: Target) => void,
    options: Authorship,
  ): Promise<Micros | undefined>;

  /**
   * Moves the time at which a temporary target is to be deleted. It is no change: its dates and the history
   * stay as they are.
   *
   * Resolves with whether the target is temporary; of one that is not, nothing is written. Rejects:
   * `not-found`.
   */
  renewTarget(instance: InstanceId, id: TargetId, expiresAt: Micros): Promise<boolean>;

  /**
   * The temporary targets of all instances that are to be deleted at `now`, at most 100, those first that
   * have waited longest. Whoever asks deletes them (expired-targets.ts).
   */
  expiredTargets(now: Micros): Promise<readonly ExpiredTarget[]>;

  /** Reads a target without the keys that have expired at `now`; undefined when there is none. */
  getTarget(instance: InstanceId, id: TargetId, now: Micros): Promise<Target | undefined>;

  /**
   * Lists the targets that match every filter, sorted as asked with ties by id in the same
   * direction. Text is compared and sorted by UTF-8 bytes.
   */
  listTargets(instance: InstanceId, query: TargetQuery, now: Micros): Promise<Page<Target>>;

  /**
   * Deletes for good what has run out at `now`: expired signing keys, remembered answers, and tokens
   * that ended 90 days ago (`keepEndedTokens`) or earlier; and what deleted instances left behind:
   * targets, executions, keys, catalogues, deliveries, remembered answers and tokens. Changes stay.
   * Cancels what deleted targets left pending. Works in steps bounded in rows and in bytes, and resolves
   * with the number of rows deleted or cancelled; call again while it is not 0.
   */
  sweep(now: Micros): Promise<number>;

  /**
   * Deletes what was kept long enough, and what is too much, the oldest first, in bounded steps; call
   * again while it resolves with true. Pending deliveries stay, and so do the latest change of each
   * instance, from which the next one counts on, and deletion times of targets that still have
   * deliveries. The changes that stay keep their places; those made after the clock went back count as
   * of the time before them. Watches behind a deleted delivery are told (`changedDeliveries`).
   */
  prune(kept: Kept): Promise<boolean>;

  /**
   * Resolves when the database answers and its last write did not fail with an I/O error; rejects
   * with `unavailable` otherwise.
   */
  ping(): Promise<void>;

  /** Finishes what is under way and closes the database. */
  close(): Promise<void>;
}
