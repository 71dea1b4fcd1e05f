/**
 * One transaction, and so one fsync, for all writers that come in the same turn of the event loop.
 * A failure undoes its writer and no other.
 */
import { performance } from "node:perf_hooks";
import type Database from "better-sqlite3";
import { endTurn } from "../../turn.ts";
import { StoreError, type StoreQueue } from "../store.ts";
import { closedError, toStoreError } from "./errors.ts";
import { createJobRunner, type Job, type WriteMode } from "./jobs.ts";
import { type LogWatch, touch, watchLog } from "./log.ts";

export interface GroupCommitOptions {
  readonly db: Database.Database;
  /** Writers in one transaction, default 256; more wait for the next turn. */
  readonly maxBatch?: number;
  /**
   * Called after each commit with the number of its writers, and the seconds until it was durable;
   * undefined when that is still to come.
   */
  readonly onCommit?: ((writers: number, seconds: number | undefined) => void) | undefined;
}

/** For those who keep in memory what the database holds. */
export interface Undoing {
  /**
   * Has `forget` called whenever something was undone that a writer may have written: from then on the
   * database holds again what it held before.
   */
  whenUndone(forget: () => void): void;
}

/** Milliseconds until what was written with the mode `soon` is durable. */
export const syncDelay = 100;

export interface GroupCommit extends Undoing {
  /** Writers that wait for their transaction. */
  readonly queue: StoreQueue;
  /**
   * False after an I/O error of a commit or a checkpoint. Each later transaction first settles the log
   * ({@link watchLog}), and is rejected with `unavailable` for as long as that fails.
   */
  readonly sound: boolean;
  /**
   * Runs a writer in the next transaction, in the order of the calls. `work` is synchronous and
   * must not begin or end transactions. It may be undone and run a second time, so it must not change
   * anything but the database that would tell.
   *
   * @returns what `work` returned, once the commit is durable, unless the mode is `soon`
   * @throws what `work` threw, or StoreError when the transaction failed or the queue is closed
   */
  write<T>(work: () => T, mode?: WriteMode): Promise<T>;
  /** Commits what is queued; later writers are rejected with `unavailable`. */
  close(): void;
}

const defaultMaxBatch = 256;

export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { db, onCommit, maxBatch = defaultMaxBatch } = options;
  const log = watchLog(db);
  const forgetters: (() => void)[] = [];
  const undone = () => {
    for (const forget of forgetters) forget();
  };
  const runBatch = batchRunner(db, log, undone);
  const queue: Job[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  let syncing: NodeJS.Timeout | undefined;
  let closed = false;

  const commitNext = (): void => {
    // A caller who was checked before is checked again before its call runs.
    endTurn();
    const batch = queue.splice(0, maxBatch);
    const isSynced = batch.some(({ mode }) => mode !== "soon");
    const took = runBatch(batch, isSynced);
    if (took === undefined) return;
    if (isSynced) {
      clearTimeout(syncing);
      syncing = undefined;
    } else {
      syncing ??= setTimeout(sync, syncDelay);
    }
    onCommit?.(batch.length, isSynced ? took / 1000 : undefined);
  };
  const schedule = (): void => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined;
      commitNext();
      if (queue.length > 0) schedule();
    });
  };

  const write = <T>(work: () => T, mode: WriteMode = "keep"): Promise<T> => {
    if (closed) return Promise.reject(closedError());
    return new Promise((resolve, reject) => {
      const run = () => {
        const result = work();
        return () => resolve(result);
      };
      queue.push({ mode, since: performance.now(), run, reject });
      schedule();
    });
  };

  /** What fails here makes the log unsound, which every later write hears of. */
  const sync = () => {
    syncing = undefined;
    write(() => touch(db)).catch(() => undefined);
  };

  return {
    queue: queueOf(queue),
    get sound() {
      return log.sound;
    },
    write,
    whenUndone: (forget) => void forgetters.push(forget),
    close() {
      closed = true;
      clearTimeout(syncing);
      clearImmediate(scheduled);
      while (queue.length > 0) commitNext();
    },
  };
}

function queueOf(jobs: readonly Job[]): StoreQueue {
  return {
    get length() {
      return jobs.length;
    },
    get since() {
      return jobs[0]?.since ?? 0;
    },
  };
}

/**
 * Returns a function that runs a batch and settles its promises. It returns the milliseconds that the
 * commit took, undefined when nothing was kept.
 */
function batchRunner(
  db: Database.Database,
  log: LogWatch,
  undone: () => void,
): (batch: readonly Job[], isSynced: boolean) => number | undefined {
  const setSynced = syncSwitch(db);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");
  const run = createJobRunner(db, undone);

  return (batch, isSynced) => {
    try {
      setSynced(isSynced || !log.sound);
      log.ensureSound();
      begin.run();
      let settlements = run.trusting(batch);
      if (settlements === undefined) {
        undone();
        rollback.run();
        begin.run();
        settlements = run.guarded(batch);
      }
      const started = performance.now();
      commit.run();
      const took = performance.now() - started;
      for (const settle of settlements) settle();
      // What is not synced at once is followed by a commit that is.
      if (isSynced) log.committed();
      return took;
    } catch (error) {
      log.failed(error);
      undone();
      if (db.inTransaction) rollback.run();
      const reason = toTransactionError(error);
      for (const job of batch) job.reject(reason);
      return undefined;
    }
  };
}

/** Returns a function that says whether the commits from now on are synced. */
function syncSwitch(db: Database.Database): (isSynced: boolean) => void {
  let current: boolean | undefined;
  return (isSynced) => {
    if (current === isSynced) return;
    db.pragma(`synchronous = ${isSynced ? "FULL" : "NORMAL"}`);
    current = isSynced;
  };
}

function toTransactionError(error: unknown): StoreError {
  const mapped = toStoreError(error);
  if (mapped instanceof StoreError) return mapped;
  return new StoreError("broken", "a transaction failed", { cause: error });
}
