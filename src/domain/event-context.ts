/** What targets are told about an event (contract.md section 6, "Payload, event"). Pure. */
import type { InstanceId, Micros } from "./units.ts";

/** An event, as its publisher or targetd itself describes it. */
export interface EventFacts {
  readonly instance: InstanceId;
  readonly type: string;
  readonly aggregateId: string;
  readonly aggregateType: string;
  readonly resourceOwner: string;
  readonly version: string;
  /** A uint64. */
  readonly sequence: bigint;
  readonly createdAt: Micros;
  readonly userId: string;
  /** JSON; undefined means nothing, which targets see as an empty object. */
  readonly payload: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The JSON text of the context. Every member is there, in the order of the contract, and the sequence
 * is a number with all its digits.
 */
export function eventContext(event: EventFacts): string {
  const { aggregateId: aggregateID, aggregateType, resourceOwner, version } = event;
  const before = { aggregateID, aggregateType, resourceOwner, instanceID: event.instance, version };
  const after = {
    event_type: event.type,
    created_at: dateText(event.createdAt),
    userID: event.userId,
    event_payload: event.payload ?? {},
  };
  const [head, tail] = [JSON.stringify(before), JSON.stringify(after)];
  return `${head.slice(0, -1)},"sequence":${event.sequence},${tail.slice(1)}`;
}

/** RFC 3339 in UTC with milliseconds, or microseconds where there are any. */
function dateText(at: Micros): string {
  const milliseconds = Math.floor(at / 1000);
  const text = new Date(milliseconds).toISOString();
  const rest = at - milliseconds * 1000;
  return rest === 0 ? text : `${text.slice(0, -1)}${String(rest).padStart(3, "0")}Z`;
}
