/** Runs the writers of one transaction so that a failure undoes its writer and no other. */
import type Database from "better-sqlite3";
import { toStoreError } from "./errors.ts";

/**
 * - `keep` what a writer wrote.
 * - `soon`: the same, but a power cut may undo it for a moment ({@link GroupCommit}); the end of the
 *   process does not.
 * - `discard` it after it ran.
 */
export type WriteMode = "keep" | "soon" | "discard";

/** A writer that waits for its transaction. */
export interface Job {
  readonly mode: WriteMode;
  /** When it was queued, by performance.now(). */
  readonly since: number;
  /** Does the work; the returned function resolves the writer's promise. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** Settles the promise of a writer; to be called after the commit. */
type Settle = () => void;

/** Batches after one that had to begin anew whose writers have savepoints from the start. */
const wary = 100;

/**
 * Everything runs inside a transaction.
 *
 * A savepoint makes SQLite keep a copy of each page that is changed after it, which costs as much as
 * most writers themselves. But a writer that fails has rarely written anything. So writers run without,
 * and the transaction begins anew with a savepoint for each in the rare case.
 */
export interface JobRunner {
  /** @returns undefined when the transaction must be rolled back, and the same jobs run `guarded` */
  trusting(batch: readonly Job[]): readonly Settle[] | undefined;
  guarded(batch: readonly Job[]): readonly Settle[];
}

/** @param undone called when the writes of a job were undone, and the transaction goes on */
export function createJobRunner(db: Database.Database, undone: () => void): JobRunner {
  const runGuarded = guardedRunner(db, undone);
  const rowsWritten = db.prepare<[], number>("SELECT total_changes()").pluck();
  /** Batches to come that are not trusted: callers who fail on purpose should not cost others twice. */
  let untrusted = 0;

  const guarded = (batch: readonly Job[]) => batch.map(runGuarded);

  /** @returns undefined when what it wrote must be undone */
  const runTrusted = (job: Job): Settle | undefined => {
    if (job.mode === "discard") return runGuarded(job);
    const before = rowsWritten.get();
    try {
      return job.run();
    } catch (error) {
      requireTransaction(db, error);
      return rowsWritten.get() === before ? rejection(job, error) : undefined;
    }
  };

  return {
    guarded,

    trusting(batch) {
      if (untrusted > 0) {
        untrusted -= 1;
        return guarded(batch);
      }
      const settlements: Settle[] = [];
      for (const job of batch) {
        const settle = runTrusted(job);
        if (settle === undefined) {
          untrusted = wary;
          return undefined;
        }
        settlements.push(settle);
      }
      return settlements;
    },
  };
}

/** Returns a function that runs one job in a savepoint. */
function guardedRunner(db: Database.Database, undone: () => void): (job: Job) => Settle {
  const savepoint = db.prepare("SAVEPOINT writer");
  const rollback = db.prepare("ROLLBACK TO writer");
  const release = db.prepare("RELEASE writer");
  const undo = () => {
    rollback.run();
    undone();
  };

  return (job) => {
    savepoint.run();
    try {
      const resolve = job.run();
      if (job.mode === "discard") undo();
      release.run();
      return resolve;
    } catch (error) {
      requireTransaction(db, error);
      undo();
      release.run();
      return rejection(job, error);
    }
  };
}

/** On errors such as a full disk SQLite gives up the whole transaction, not the statement. */
function requireTransaction(db: Database.Database, error: unknown): void {
  if (!db.inTransaction) throw error;
}

function rejection({ reject }: Job, error: unknown): Settle {
  const reason = toStoreError(error);
  return () => reject(reason);
}
