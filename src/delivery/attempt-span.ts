import type { AttemptRecord } from "../domain/delivery.ts";
import type { AttemptDecision, ClaimedDelivery } from "../store/claims.ts";
import type { SpanAttributes, SpanStart } from "../telemetry/span.ts";

/** The span of an attempt, which belongs to that of the call that published the event. */
export function attemptSpan({ delivery, callee }: ClaimedDelivery): SpanStart {
  const { id, instance, condition, event, attempts, depth, traceparent } = delivery;
  return {
    name: "deliver",
    kind: "consumer",
    parent: traceparent,
    attributes: {
      "targetd.instance": instance,
      "targetd.target.id": callee.target.id,
      "targetd.delivery.id": id,
      "targetd.delivery.attempt": attempts + 1,
      "targetd.condition": condition,
      "targetd.event.id": event?.id,
      "targetd.event.type": event?.type,
      "targetd.depth": depth,
    },
  };
}

/** What was decided about it; undefined when the result did not count, because the claim was lost. */
export function decisionAttributes(
  { stage }: AttemptRecord,
  decision: AttemptDecision | undefined,
): SpanAttributes {
  return {
    "targetd.stage": stage,
    "targetd.outcome": outcomeOf(decision),
    "targetd.breaker": decision?.breaker.state,
    "targetd.disabled": decision?.disable,
  };
}

/** As the metrics have it. */
export function outcomeOf(decision: AttemptDecision | undefined): string {
  if (decision === undefined) return "lost";
  return decision.state === "pending" ? "retried" : decision.state;
}
