import type { AttemptDecision, ClaimedDelivery } from "../store/claims.ts";
import type { Logger } from "../telemetry/log.ts";
import { traceFields } from "../telemetry/span.ts";
import type { MadeAttempt } from "./attempt.ts";
import { outcomeOf } from "./attempt-span.ts";

/**
 * Writes one line for each attempt, with everything that was decided about it.
 *
 * @param decision undefined when the result did not count, because the claim was lost
 */
export function attemptLog(
  log: Logger,
  { delivery, callee, fence }: ClaimedDelivery,
  { call, attempt, traceparent }: MadeAttempt,
  decision: AttemptDecision | undefined,
): void {
  if (attempt.stage === undefined && !log.isLevelEnabled("debug")) return;
  const { stage, timedOut, httpStatus, address, duration, number, error: problem } = attempt;
  const { event } = delivery;
  const fields = {
    ...{ instance: delivery.instance, delivery: delivery.id, target: callee.target.id },
    ...{ condition: delivery.condition, event: event?.id, eventType: event?.type },
    ...{ ...traceFields(traceparent), depth: delivery.depth, attempt: number, fence },
    ...{ outcome: outcomeOf(decision), stage, timedOut, httpStatus, address, reused: call.reused },
    durationMs: Math.round(duration / 1e6),
    ageMs: Math.round((attempt.startedAt - delivery.createdAt) / 1000),
    ...decided(decision),
  };
  if (stage === undefined) {
    log.debug(fields, "delivery made");
    return;
  }
  const cause = call.kind === "failed" ? call.cause : undefined;
  // The stack alone: errors of a connection hold what the receiver sent as members.
  const stack = cause instanceof Error ? cause.stack : undefined;
  const level = decision?.disable === undefined ? "info" : "warn";
  log[level]({ ...fields, problem, cause: stack }, "delivery failed");
}

function decided(decision: AttemptDecision | undefined): Record<string, unknown> {
  if (decision === undefined) return {};
  const { dueAt, breaker, disable } = decision;
  const [due, openUntil] = [dueAt, breaker.openUntil].map((at) =>
    at === undefined ? undefined : new Date(at / 1000).toISOString(),
  );
  return { due, breaker: breaker.state, openUntil, disable };
}
