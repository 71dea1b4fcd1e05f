/**
 * Keeps one connection beside the pool, which tells a process what others notify it of, and whether the database
 * is there at all. Without that, each call would wait for its own limit of time while packets go nowhere.
 *
 * The connection is asked again and again. When it stays silent, and no new one can be made, and nobody else
 * has heard from the database meanwhile, then it is away: the pool is suspended until a connection
 * can be made. A slow database answers somebody all the time, so it never counts as away.
 */
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Dsn } from "./dsn.ts";
import { awayError, ConnectionError, closedError, connectionError } from "./errors.ts";
import { createPool, type Pool, type PoolLimits, type PoolOptions } from "./pool.ts";

/** Milliseconds between two questions, and between two tries to connect. */
const pause = 500;

export interface Watch {
  /**
   * Resolves when the database answers.
   *
   * @throws StoreError `unavailable` when it is away
   */
  ask(): Promise<void>;
  /** Resolves when nothing more will be heard. */
  stop(): Promise<void>;
}

export interface WatchParts {
  readonly dsn: Dsn;
  /** Those of the pool. */
  readonly pools: PoolOptions;
  readonly limits: PoolLimits;
  readonly pool: Pick<Pool, "heardAt" | "suspend" | "resume">;
  /** What is listened to. */
  readonly channel: string;
  /** Called with each notification, and without one when some may have been missed. */
  readonly heard: (payload?: string) => void;
}

export function watchDatabase(parts: WatchParts): Watch {
  const watch = new DatabaseWatch(parts);
  return { ask: () => watch.ask(), stop: () => watch.stop() };
}

class DatabaseWatch {
  readonly #parts: WatchParts;
  readonly #own: Pool;
  /** It listens each time, which only a primary lets one do. */
  readonly #question: string;
  readonly #stopping = new AbortController();
  readonly #following: Promise<void>;
  #connected: pg.PoolClient | undefined;
  #answeredAt = performance.now();
  /** Whether the connections that the pool has may lead to where nobody answers. */
  #isDoubtful = false;
  #isAway = false;
  /** Resolves when it is found out anew whether the database is there. */
  #verdict = Promise.withResolvers<void>();

  constructor(parts: WatchParts) {
    const { dsn, pools, limits, channel } = parts;
    // A question and then a connection fit into the silence after which the database counts as away.
    const times = { connectTimeout: limits.silence / 2, answerTimeout: limits.silence / 3 };
    this.#parts = parts;
    this.#own = createPool(dsn, { ...limits, ...times, connections: 1 }, pools);
    this.#question = `LISTEN ${channel}`;
    this.#following = this.#follow();
  }

  async ask(): Promise<void> {
    const verdict = this.#verdict.promise;
    this.#checkPresence();
    const answer = this.#connected?.query(this.#question);
    const isAnswered = answer?.then(
      () => true,
      () => false,
    );
    if ((await isAnswered) === true) return;
    await verdict;
    this.#checkPresence();
  }

  #checkPresence(): void {
    if (this.#stopping.signal.aborted) throw closedError();
    if (this.#isAway) throw awayError();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#verdict.resolve();
    await this.#following;
    await this.#own.end();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let client: pg.PoolClient | undefined;
      try {
        client = await this.#own.acquire();
        await this.#keepAsking(client);
      } catch (error) {
        if (client === undefined) this.#judge(error);
        else this.#doubt(error);
      }
      this.#connected = undefined;
      if (client !== undefined) this.#own.release(client, "not to be used by others");
      else await sleep(pause / 2, signal);
    }
  }

  /** Until the connection is lost, or nobody listens any more. */
  async #keepAsking(client: pg.PoolClient): Promise<void> {
    const { heard } = this.#parts;
    const lost = new AbortController();
    client.once("end", () => lost.abort());
    client.on("notification", ({ payload }) => heard(payload));
    const signal = AbortSignal.any([this.#stopping.signal, lost.signal]);
    await this.#askOn(client);
    this.#connected = client;
    this.#found();
    // What was told before is not heard any more.
    heard();
    while (!signal.aborted) {
      await sleep(pause, signal);
      await this.#askOn(client);
    }
  }

  async #askOn(client: pg.PoolClient): Promise<void> {
    await client.query(this.#question);
    this.#answeredAt = performance.now();
  }

  /** @param error why a question was not answered */
  #doubt(error: unknown): void {
    const { pool, limits } = this.#parts;
    const isHeard = performance.now() - pool.heardAt < limits.silence / 3;
    this.#isDoubtful = error instanceof pg.DatabaseError || !isHeard;
  }

  /** @param error why no connection could be made */
  #judge(error: unknown): void {
    const { pool, limits } = this.#parts;
    // One that has too many connections, for instance, is there.
    if (!(connectionError(error) instanceof ConnectionError)) {
      this.#found();
      return;
    }
    const heardAt = Math.max(this.#answeredAt, pool.heardAt);
    if (this.#isAway || performance.now() - heardAt < limits.silence / 3) return;
    pool.suspend();
    this.#tell(true);
  }

  #found(): void {
    const { pool } = this.#parts;
    if (this.#isDoubtful) pool.suspend();
    this.#isDoubtful = false;
    pool.resume();
    this.#tell(false);
  }

  #tell(isAway: boolean): void {
    this.#isAway = isAway;
    this.#verdict.resolve();
    this.#verdict = Promise.withResolvers();
  }
}

const sleep = (milliseconds: number, signal: AbortSignal) =>
  delay(milliseconds, undefined, { signal }).catch(() => undefined);
