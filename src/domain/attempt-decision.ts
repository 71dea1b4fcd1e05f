/** What the outcome of an attempt means for its delivery and its target (contract.md section 6). Pure. */
import type { CallResult, CancelledCall, FailureStage } from "../execution/outcome.ts";
import type { AttemptDecision, AttemptSituation } from "../store/claims.ts";
import { goneStatus, isFinal, nextAttempt } from "./backoff.ts";
import { afterFailure, afterSuccess, type Breaker, hasFailedTooLong } from "./breaker.ts";
import type { Micros } from "./units.ts";

/** An attempt that came to its end. */
type EndedCall = Exclude<CallResult, CancelledCall>;

/**
 * Stages at which this server itself made no call. They cost the delivery an attempt, but tell nothing
 * about the target: they neither open its breaker nor disable it.
 */
const ownStages: ReadonlySet<FailureStage> = new Set(["prepare", "refused"]);

/**
 * Where an attempt failed; undefined when the target has taken the delivery. That is a matter of the
 * status alone, for targets of every type: 2xx is a success whatever the body says, an error that it
 * forwards included, and even when the body cannot be read.
 */
export function failureStageOf(outcome: EndedCall): FailureStage | undefined {
  const { status } = outcome;
  if (status !== undefined && status >= 200 && status <= 299) return undefined;
  return outcome.kind === "answered" ? "status" : outcome.stage;
}

/** What is decided on. */
export interface CalledSituation extends AttemptSituation {
  /** What was called. The target may have another endpoint by now. */
  readonly endpoint: string;
}

/**
 * Decides. An attempt that was given up, or found its target disabled, leaves the delivery due: who
 * can, gives the claim back instead, which does not count as an attempt. What an endpoint answers that
 * is the target's no longer neither tells about the target nor is final for the delivery.
 *
 * @param situation as it was before the attempt: `delivery.attempts` does not count it
 * @param random from 0 up to, but without, 1
 */
export function decideAttempt(
  situation: CalledSituation,
  outcome: CallResult,
  now: Micros,
  random: number,
): AttemptDecision {
  const { breaker } = situation;
  const untold = { breaker, disable: undefined };
  if (outcome.kind === "cancelled") return { state: "pending", dueAt: now, ...untold };
  const stage = failureStageOf(outcome);
  if (stage === "disabled") return { state: "pending", dueAt: now, ...untold };
  const isStale = isMoved(situation);
  if (stage === undefined) {
    const after = isStale ? breaker : afterSuccess(breaker, now);
    return { state: "succeeded", dueAt: undefined, breaker: after, disable: undefined };
  }
  const next = afterFailed(situation, outcome, now, random);
  if (isStale || ownStages.has(stage)) return { ...next, ...untold };
  const after = afterFailure(breaker, now);
  return { ...next, breaker: after, disable: disablingCause(situation, outcome, after, now) };
}

/** Undefined for a target that is disabled already: of several calls under way one disables it. */
function disablingCause(
  { settings }: CalledSituation,
  { status }: EndedCall,
  breaker: Breaker,
  now: Micros,
): AttemptDecision["disable"] {
  if (settings.disabled) return undefined;
  if (status === goneStatus) return "gone";
  return hasFailedTooLong(breaker, now) ? "failing" : undefined;
}

function isMoved({ settings, endpoint }: CalledSituation): boolean {
  return settings.endpoint !== endpoint;
}

/** What becomes of a delivery whose attempt failed. */
function afterFailed(
  situation: CalledSituation,
  outcome: EndedCall,
  now: Micros,
  random: number,
): Pick<AttemptDecision, "state" | "dueAt"> {
  const { delivery, settings } = situation;
  const policy = settings.deliveryPolicy;
  const attempts = delivery.attempts + 1;
  const retryAfter = retryAfterOf(outcome);
  const dueAt =
    isFinal(outcome.status, policy) && !isMoved(situation)
      ? undefined
      : nextAttempt({ policy, attempts, retryAfter, now, random });
  return { state: dueAt === undefined ? "failed" : "pending", dueAt };
}

/** A header that came more than once is as good as none. */
function retryAfterOf(outcome: EndedCall): string | undefined {
  const given = outcome.kind === "answered" ? outcome.headers["retry-after"] : undefined;
  return typeof given === "string" ? given : undefined;
}
