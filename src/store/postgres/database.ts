/** Reads and transactions, tried again where PostgreSQL asks for it. */
import { setTimeout as delay } from "node:timers/promises";
import type pg from "pg";
import { ConnectionError, closedError, isPassing, isReadOnly, toStoreError } from "./errors.ts";
import type { Pool } from "./pool.ts";
import { createSession, execute, type Session, type Transaction, type Value } from "./session.ts";

/** `keep` what a transaction wrote, or `discard` it after every check has run. */
export type WriteMode = "keep" | "discard";

/** Everything rejects with StoreError, or with what a callback threw. */
export interface Database extends Pick<Pool, "queue"> {
  /**
   * Runs statements each of which sees what is committed when it begins. `work` is run again when the
   * connection was lost.
   */
  read<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** Runs statements that all see the same point in time. */
  snapshot<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Runs a transaction (READ COMMITTED); it is durable when this resolves, unless `soon` was called. `work`
   * is run again from its beginning after a deadlock, a serialization failure or {@link Again}, and when
   * the connection was lost before the commit.
   */
  write<T>(work: (transaction: Transaction) => Promise<T>, mode?: WriteMode): Promise<T>;
  /** Lets what is under way finish and closes the connections; later calls are rejected. */
  close(): Promise<void>;
}

/** Thrown in a transaction that has to begin again, with what it has found out meanwhile. */
export class Again extends Error {}

/** Times that a transaction is tried, and milliseconds until the next, at most, doubled each time. */
const retries = { most: 6, firstPause: 10 } as const;

/** What is told of commits. */
export interface CommitWatchers {
  /** Called after each commit of a transaction that made something to deliver. */
  readonly onWoken?: (() => void) | undefined;
  /** Called after each commit with the seconds from its sending to its answer. */
  readonly onCommit?: ((seconds: number) => void) | undefined;
}

export function createDatabase(pool: Pool, watchers: CommitWatchers = {}): Database {
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw closedError();
    const running = work();
    underWay.add(running);
    try {
      return await running;
    } catch (error) {
      throw toStoreError(error);
    } finally {
      underWay.delete(running);
    }
  };

  const database: Database = {
    queue: pool.queue,
    read: (work) => run(() => readOn(pool, (client) => work(createSession(client)))),
    snapshot: (work) => run(() => readOn(pool, (client) => inSnapshot(client, work))),
    write: (work, mode = "keep") =>
      run(async () => {
        let wakes = false;
        const wake = () => {
          wakes = true;
        };
        const noting = (transaction: Unwatched) => work({ ...transaction, wake });
        const { result, seconds } = await writeWithRetries(pool, noting, mode);
        if (mode === "discard") return result;
        watchers.onCommit?.(seconds);
        if (wakes) watchers.onWoken?.();
        return result;
      }),
    async close() {
      if (closed) return;
      closed = true;
      await Promise.allSettled(underWay);
      await pool.end();
    },
  };
  return database;
}

type Unwatched = Omit<Transaction, "wake">;

/** A connection that lay idle may turn out to be lost; another one is tried then. */
async function readOn<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  try {
    return await onConnection(pool, work);
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    pool.renounce();
    return onConnection(pool, work);
  }
}

/** A connection that was lost is not given to anybody else. */
async function onConnection<T>(pool: Pool, work: (client: pg.PoolClient) => Promise<T>) {
  const client = await pool.acquire();
  try {
    const result = await work(client);
    pool.release(client);
    return result;
  } catch (error) {
    const lost = error instanceof ConnectionError || client.getTransactionStatus() !== "I";
    pool.release(client, lost ? error : undefined);
    throw error;
  }
}

async function inSnapshot<T>(client: pg.PoolClient, work: (session: Session) => Promise<T>) {
  const begun = execute(client, { text: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" });
  const [, result] = await Promise.all([
    begun,
    work(createSession(client)).finally(() => execute(client, { text: "COMMIT" })),
  ]);
  return result;
}

async function writeWithRetries<T>(
  pool: Pool,
  work: (transaction: Unwatched) => Promise<T>,
  mode: WriteMode,
): Promise<Written<T>> {
  for (let tries = 1; ; tries += 1) {
    const attempt = { begun: false, committing: false };
    try {
      return await onConnection(pool, (client) => inTransaction(client, work, mode, attempt));
    } catch (error) {
      // Where one is lost, or leads to the wrong server, the others most likely are and do.
      if (isReadOnly(error) || error instanceof ConnectionError) pool.renounce();
      if (tries >= mostTries(error, attempt)) throw error;
      if (isPassing(error)) await delay(Math.random() * retries.firstPause * 2 ** tries);
    }
  }
}

interface Written<T> {
  readonly result: T;
  /** From the sending of the commit to its answer. */
  readonly seconds: number;
}

/** How far a transaction came. */
interface Attempt {
  begun: boolean;
  committing: boolean;
}

/** How often a transaction that failed like this may be tried. */
function mostTries(error: unknown, { begun, committing }: Attempt): number {
  if (error instanceof ConnectionError) {
    // What was sent with a commit that got no answer may have been done, unless the server gave notice
    // before it began.
    const isUncertain = committing && (begun || !error.isAnnounced);
    return isUncertain ? 1 : 2;
  }
  const again = isPassing(error) || isReadOnly(error) || error instanceof Again;
  return again ? retries.most : 1;
}

async function inTransaction<T>(
  client: pg.PoolClient,
  work: (transaction: Unwatched) => Promise<T>,
  mode: WriteMode,
  attempt: Attempt,
): Promise<Written<T>> {
  const sent: Promise<unknown>[] = [];
  const failures: unknown[] = [];
  const session = createSession(client, (error) => failures.push(error));
  const note = (statement: Promise<unknown>): void => {
    // Its failure is looked at when the transaction ends.
    statement.catch(() => undefined);
    sent.push(statement);
  };
  note(
    execute(client, { text: "BEGIN" }).then(() => {
      attempt.begun = true;
    }),
  );
  const send = (sql: string, values: readonly Value[]): void => note(session.rows(sql, values));
  try {
    const soon = () => send("SET LOCAL synchronous_commit TO off", []);
    const keepPlans = () => send("SET LOCAL plan_cache_mode TO force_generic_plan", []);
    const result = await work({ ...session, send, soon, keepPlans });
    // With the commit behind them, the last writes cost no round trip of their own, and locks are held
    // only for as long as the server needs. It commits nothing when one of them has failed.
    attempt.committing = mode === "keep";
    const committedAt = performance.now();
    note(execute(client, { text: mode === "keep" ? "COMMIT" : "ROLLBACK" }));
    await Promise.all(sent);
    return { result, seconds: (performance.now() - committedAt) / 1000 };
  } catch (error) {
    await Promise.allSettled(sent);
    if (!attempt.committing) await execute(client, { text: "ROLLBACK" }).catch(() => undefined);
    // What failed first says why; what came behind it only that the transaction has failed.
    throw isAborted(error) ? failures[0] : error;
  }
}

/** in_failed_sql_transaction */
function isAborted(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "25P02";
}
