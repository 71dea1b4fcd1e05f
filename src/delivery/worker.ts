/**
 * Makes the deliveries that are due. It claims as many as it can take on, makes one attempt at each,
 * and writes what came of it; what it holds when it dies comes due again by itself.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Target } from "../domain/target.ts";
import { type InstanceId, type Micros, micros } from "../domain/units.ts";
import type { Allowance, ClaimedDelivery } from "../store/claims.ts";
import type { DeliveryStore } from "../store/delivery-store.ts";
import { type AttemptParts, makeAttempt } from "./attempt.ts";
import { type HeldClaim, HeldClaims, keyOf } from "./held-claims.ts";
import { createPace, type Pace } from "./rate-limit.ts";
import { gatherResults, type Results } from "./results.ts";

export interface WorkerLimits {
  /** Calls under way at the same time. */
  readonly inFlight: number;
  /** Deliveries of one target in one claim. */
  readonly perTarget: number;
  /** How long a claim holds unless it is renewed, in microseconds. */
  readonly lease: number;
  /** Longest time between two looks for work, in milliseconds. */
  readonly idle: number;
  /** How long the stop waits for calls under way, in milliseconds. */
  readonly drain: number;
}

export const workerLimits: WorkerLimits = Object.freeze({
  inFlight: 1024,
  perTarget: 128,
  lease: 30e6,
  idle: 1_000,
  drain: 30_000,
});

export interface WorkerParts extends Omit<AttemptParts, "results"> {
  readonly store: Pick<
    DeliveryStore,
    "claimDeliveries" | "renewClaims" | "finishAttempts" | "releaseClaims" | "nextDue"
  >;
  /** The server's setting of the feature "actions". */
  readonly active: boolean;
  readonly limits?: Partial<WorkerLimits>;
}

export interface Worker {
  /** Says that there may be something to do. */
  wake(): void;
  /**
   * Claims nothing more, waits for the calls under way as long as the limit `drain` says, ends those
   * that are left, and gives back what was not used.
   */
  stop(): Promise<void>;
}

/**
 * Milliseconds before the next look after one that found nothing although something was due, at first and at most:
 * what this worker has no room for stays due, for others that may have some.
 */
const shortestPause = 5;
const pauseAtMost = 320;

/** Milliseconds in which results are gathered, at most. */
const gathering = 10;

/** Milliseconds before the next look after the store failed, at first and at most. */
const firstPause = 100;
const longestPause = 5_000;

/** Shares of all calls under way that one target, and all targets of one instance, may have. */
const targetShare = 1 / 4;
const instanceShare = 1 / 2;

/** When a claim comes due again that could not be used, in microseconds. */
const dueAgain = 1e6;

export function startWorker(parts: WorkerParts): Worker {
  const worker = new DeliveryWorker(parts, { ...workerLimits, ...parts.limits });
  return { wake: () => worker.wake(), stop: () => worker.stop() };
}

class DeliveryWorker {
  readonly #parts: WorkerParts;
  readonly #limits: WorkerLimits;
  readonly #held: HeldClaims;
  readonly #pace: Pace = createPace();
  readonly #results: Results;
  readonly #attemptParts: AttemptParts;
  readonly #attempts = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #isWoken = false;
  #pauseAfterNothing = shortestPause;
  /** Those whose call began a moment ago and has no result yet, oldest first. */
  readonly #fresh = new Set<HeldClaim>();
  #soon: NodeJS.Timeout | undefined;
  #endPause: () => void = () => undefined;

  constructor(parts: WorkerParts, limits: WorkerLimits) {
    const { lease } = limits;
    this.#parts = parts;
    this.#limits = limits;
    this.#held = new HeldClaims({ ...parts, lease });
    this.#results = gatherResults({ ...parts, onGathered: () => this.#gathered() });
    this.#attemptParts = { ...parts, results: this.#results };
    this.#running = this.#run();
  }

  wake(): void {
    this.#isWoken = true;
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#endPause();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    this.#results.flush();
    const timer = setTimeout(() => this.#held.endAll(), this.#limits.drain);
    await Promise.all(this.#attempts);
    clearTimeout(timer);
    clearTimeout(this.#soon);
    this.#held.close();
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    const { log } = this.#parts;
    let failures = 0;
    while (!this.#isStopping) {
      try {
        this.#isWoken = false;
        await this.#pause(await this.#look());
        if (failures > 0) log.info({ failures }, "deliveries go on");
        failures = 0;
      } catch (cause) {
        failures++;
        if (failures === 1) log.error({ err: cause }, "no deliveries: the store failed");
        await this.#wait(Math.min(firstPause * 2 ** (failures - 1), longestPause));
      }
    }
  }

  /** Takes on what is due; resolves with how long to sleep then, in milliseconds. */
  async #look(): Promise<number> {
    const { store, clock, active, log } = this.#parts;
    const { inFlight, perTarget, lease, idle } = this.#limits;
    // What is written and what is claimed in the same turn shares a commit.
    const isWriting = this.#results.flush();
    // No claim takes more than a share: what it takes counts only afterwards.
    const total = Math.min(inFlight - this.#underWay, Math.ceil(inFlight * targetShare));
    if (total <= 0) return idle;
    const due = isWriting ? clock() : await store.nextDue();
    if (due === undefined) return idle;
    if (due > clock()) return Math.min(idle, this.#until(due));
    const now = clock();
    const allowance = (target: Target, instance: InstanceId) =>
      this.#allowance(target, instance, now);
    const wanted = { total, perTarget, lease, active, allowance };
    const claims = await store.claimDeliveries(now, wanted, (about, cause) =>
      log.error({ err: cause, ...about }, "deliveries wait: their target cannot be read"),
    );
    await this.#accept(claims);
    if (claims.length > 0 || isWriting) {
      this.#pauseAfterNothing = shortestPause;
      return 0;
    }
    const pause = this.#pauseAfterNothing;
    this.#pauseAfterNothing = Math.min(2 * pause, pauseAtMost);
    return Math.min(idle, pause);
  }

  /** What a target may be called with now: its rate, and its share and that of its instance. */
  #allowance(target: Target, instance: InstanceId, now: Micros): Allowance {
    const { inFlight } = this.#limits;
    const rate = this.#pace.room(target, now);
    const share = Math.min(
      Math.ceil(inFlight * targetShare) - this.#held.ofTarget(instance, target.id),
      Math.ceil(inFlight * instanceShare) - this.#held.ofInstance(instance),
    );
    return rate.calls <= share ? rate : { calls: share, nextAt: now };
  }

  async #accept(claims: readonly ClaimedDelivery[]): Promise<void> {
    const now = this.#parts.clock();
    const taken = claims.flatMap((claim) => this.#held.add(claim) ?? []);
    if (this.#isStopping) {
      await this.#giveBack(taken);
      return;
    }
    for (const held of taken) {
      this.#pace.starts(held.claim.callee.target, now);
      this.#start(held);
    }
  }

  #start(held: HeldClaim): void {
    this.#fresh.add(held);
    const attempt = this.#attempt(held).finally(() => {
      this.#attempts.delete(attempt);
      // A result has taken part in a look already, together with those that came when it did.
      if (held.phase === "calling") this.wake();
    });
    this.#attempts.add(attempt);
  }

  /** Calls whose result is still to come. */
  get #underWay(): number {
    return this.#attempts.size - this.#results.unwritten;
  }

  /**
   * Writes results when all calls that began a moment ago have one, or after a moment: together with
   * the next claim, which takes their places.
   */
  #gathered(): void {
    if (this.#isStopping) this.#results.flush();
    else if (!this.#isSomeFresh()) this.wake();
    else this.#soon ??= setTimeout(() => this.wake(), gathering);
  }

  #isSomeFresh(): boolean {
    const old = this.#parts.clock() - gathering * 1000;
    for (const held of this.#fresh) {
      if (held.phase === "calling" && held.startedAt > old) return true;
      this.#fresh.delete(held);
    }
    return false;
  }

  async #attempt(held: HeldClaim): Promise<void> {
    const isLost = () => held.ending.signal.aborted && !this.#isStopping;
    const end = isLost() ? "over" : await makeAttempt(this.#attemptParts, held);
    const { successor } = held;
    if (end === "unused" && !isLost()) {
      await this.#giveBack([held], this.#isStopping ? 0 : dueAgain);
      return;
    }
    this.#held.remove(held);
    // It was due again before this one had ended.
    if (successor !== undefined) await this.#accept([successor]);
  }

  /** What cannot be given back comes due again when its lease is over. */
  async #giveBack(unused: readonly HeldClaim[], wait = 0): Promise<void> {
    if (unused.length === 0) return;
    const { store, clock, log } = this.#parts;
    for (const held of unused) this.#held.remove(held);
    const claims = unused.map(({ claim }) => keyOf(claim));
    try {
      await store.releaseClaims(claims, micros(clock() + wait));
    } catch (cause) {
      log.warn({ err: cause, claims: claims.length }, "claims of deliveries cannot be given back");
    }
  }

  /** Milliseconds until a time. */
  #until(time: Micros): number {
    return Math.max(0, Math.ceil((time - this.#parts.clock()) / 1000));
  }

  /** Sleeps until somebody wakes it, or the time is over. */
  async #pause(milliseconds: number): Promise<void> {
    if (this.#isWoken || milliseconds <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Sleeps, whoever wakes it. */
  #wait(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    return delay(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}
