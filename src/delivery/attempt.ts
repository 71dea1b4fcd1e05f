/** One attempt at a delivery: the call, and the writing of what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { decideAttempt } from "../domain/attempt-decision.ts";
import type { AttemptRecord } from "../domain/delivery.ts";
import type { CallTarget } from "../execution/target-call.ts";
import type { AttemptDecision, AttemptSituation, ClaimedDelivery } from "../store/claims.ts";
import { StoreError } from "../store/store.ts";
import type { Logger } from "../telemetry/log.ts";
import { type StartSpan, traceFields } from "../telemetry/span.ts";
import { attemptLog } from "./attempt-log.ts";
import { attemptRecord, type CountedCall } from "./attempt-record.ts";
import { attemptSpan, decisionAttributes } from "./attempt-span.ts";
import type { HeldClaim } from "./held-claims.ts";
import type { Results } from "./results.ts";

export interface AttemptParts {
  readonly results: Pick<Results, "write">;
  readonly callTarget: CallTarget;
  readonly clock: Clock;
  readonly log: Logger;
  /** How much of an answer's body the log of a delivery keeps, in bytes. */
  readonly logBody: number;
  /** Undefined: nothing is traced. */
  readonly startSpan?: StartSpan | undefined;
  /** Told of each attempt whose result was written. */
  readonly onAttempt?: ((finished: FinishedAttempt) => void) | undefined;
}

/** An attempt with what was made of it. */
export interface FinishedAttempt {
  readonly claim: ClaimedDelivery;
  readonly attempt: AttemptRecord;
  readonly decision: AttemptDecision;
}

/**
 * - `over`: whatever came of it is in the store, or is left to the next claim.
 * - `unused`: nothing was told about the target, and the claim is to be given back.
 */
export type AttemptEnd = "over" | "unused";

/** Milliseconds before a result is written again, at first and at most. */
const firstPause = 50;
const longestPause = 2_000;

/** Makes one attempt. Never rejects. */
export async function makeAttempt(parts: AttemptParts, held: HeldClaim): Promise<AttemptEnd> {
  const { callTarget, clock, log } = parts;
  const { delivery, callee } = held.claim;
  const startedAt = clock();
  const span = parts.startSpan?.(attemptSpan(held.claim));
  const traceparent = span?.traceparent ?? delivery.traceparent;
  let failedAt: string | undefined;
  try {
    const { instance, context, id, depth } = delivery;
    const call = await callTarget({
      ...{ instance, callee, context, webhookId: id, depth, traceparent },
      ...{ timeout: callee.target.settings.timeout, signal: held.ending.signal },
    });
    if (call.kind === "cancelled" || call.queued === true) return "unused";
    held.phase = "writing";
    const attempt = attemptRecord(delivery, callee, call, startedAt, parts.logBody);
    const { endpoint } = callee.target.settings;
    const decision = await writeResult(parts, held, { call, attempt, endpoint, traceparent });
    span?.set(decisionAttributes(attempt, decision));
    failedAt = attempt.stage;
    return "over";
  } catch (cause) {
    failedAt = "internal";
    const isMade = held.phase === "writing";
    const what = isMade ? "the result of a delivery is lost" : "a delivery could not be tried";
    const about = { instance: delivery.instance, delivery: delivery.id };
    log.error({ err: cause, ...about, ...traceFields(traceparent) }, what);
    return isMade ? "over" : "unused";
  } finally {
    if (failedAt === undefined) span?.end();
    else span?.fail(failedAt);
  }
}

/** A call with what is kept of it. */
export interface MadeAttempt {
  readonly call: CountedCall;
  readonly attempt: AttemptRecord;
  /** What was called; the claim under which it is written may know another. */
  readonly endpoint: string;
  /** The trace that it belongs to. */
  readonly traceparent: string | undefined;
}

/**
 * Writes the result; as long as the store is out of order, until the lease is over.
 *
 * @returns what was decided; undefined when the result did not count
 */
async function writeResult(
  parts: AttemptParts,
  held: HeldClaim,
  made: MadeAttempt,
): Promise<AttemptDecision | undefined> {
  const { signal } = held.ending;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await finish(parts, held, made);
    } catch (cause) {
      const lasts = cause instanceof StoreError && cause.code === "unavailable";
      const isLate = parts.clock() + pause * 1000 >= held.claim.leasedUntil;
      if (!lasts || isLate || signal.aborted) throw cause;
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function finish(
  { results, clock, log, onAttempt }: AttemptParts,
  held: HeldClaim,
  made: MadeAttempt,
): Promise<AttemptDecision | undefined> {
  const { call, attempt, endpoint } = made;
  const now = clock();
  const random = Math.random();
  for (;;) {
    const { claim } = held;
    let decision: AttemptDecision | undefined;
    const decide = (situation: AttemptSituation) => {
      decision = decideAttempt({ ...situation, endpoint }, call, now, random);
      return decision;
    };
    const isWritten = await results.write({ claim, attempt, decide });
    // This worker had claimed it again: the result counts under that claim.
    if (!isWritten && succeed(held)) continue;
    const counting = isWritten ? decision : undefined;
    attemptLog(log, claim, made, counting);
    if (counting !== undefined) onAttempt?.({ claim, attempt, decision: counting });
    return counting;
  }
}

/** Goes on under the claim that was made meanwhile; false when there is none. */
function succeed(held: HeldClaim): boolean {
  if (held.successor === undefined) return false;
  held.claim = held.successor;
  held.successor = undefined;
  return true;
}
