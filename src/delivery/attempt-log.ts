import type { AttemptRecord } from "../domain/delivery.ts";
import type { AttemptDecision, ClaimedDelivery } from "../store/delivery-store.ts";
import type { Logger } from "../telemetry/log.ts";
import type { CountedCall } from "./attempt-record.ts";

/**
 * Writes one line for each attempt, with everything that was decided about it.
 *
 * @param decision undefined when the result did not count, because the claim was lost
 */
export function attemptLog(
  log: Logger,
  { delivery, callee, fence }: ClaimedDelivery,
  attempt: AttemptRecord,
  decision: AttemptDecision | undefined,
  call: CountedCall,
): void {
  const { stage, timedOut, httpStatus, address, duration, number, error: problem } = attempt;
  const fields = {
    ...{ instance: delivery.instance, delivery: delivery.id, target: callee.target.id },
    ...{ condition: delivery.condition, event: delivery.event?.id },
    ...{ traceparent: delivery.traceparent, attempt: number, fence },
    ...{ stage, timedOut, httpStatus, address, reused: call.reused },
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
  if (decision === undefined) return { counts: false };
  const { state, dueAt, breaker, disable } = decision;
  const due = dueAt === undefined ? undefined : new Date(dueAt / 1000).toISOString();
  return { counts: true, state, due, breaker: breaker.state, disable };
}
