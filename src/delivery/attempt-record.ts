/** What the log of deliveries keeps of one call. */
import { failureStageOf } from "../domain/attempt-decision.ts";
import type { AttemptRecord, Delivery } from "../domain/delivery.ts";
import type { CallableTarget } from "../domain/execution.ts";
import type { Micros } from "../domain/units.ts";
import type { FinishedCall } from "../execution/judge.ts";
import { shownHeaders } from "../execution/shown-headers.ts";
import type { Sent } from "../execution/target-call.ts";

/** How much of an answer's body is kept, in bytes. */
const keptBytes = 4 * 1024;

/** A call that counts as an attempt. */
export type CountedCall = FinishedCall & Sent;

/**
 * @param startedAt when the call began
 * @returns the record without secrets; what a target with encrypted payloads answers is not kept
 */
export function attemptRecord(
  delivery: Pick<Delivery, "attempts">,
  callee: CallableTarget,
  call: CountedCall,
  startedAt: Micros,
): AttemptRecord {
  const { dns, connect, tls, firstByte, total } = call.timings;
  return {
    number: delivery.attempts + 1,
    startedAt,
    duration: total,
    ...outcomeOf(call),
    httpStatus: call.status,
    address: call.address,
    timings: { dns, connect, tls, firstByte },
    requestHeaders: call.sentHeaders,
    responseHeaders: call.kind === "answered" ? shownHeaders(call.headers) : {},
    responseBody: keptBody(callee, call),
  };
}

function outcomeOf(call: CountedCall): Pick<AttemptRecord, "stage" | "timedOut" | "error"> {
  const stage = failureStageOf(call);
  if (stage === undefined) return { stage, timedOut: false, error: "" };
  if (call.kind === "failed") return { stage, timedOut: call.timedOut, error: call.message };
  return { stage, timedOut: false, error: `it answered with status ${call.status}` };
}

function keptBody({ target }: CallableTarget, call: CountedCall): Uint8Array {
  if (call.kind === "failed" || target.settings.payloadType === "jwe") return new Uint8Array();
  // Copied, so that the whole answer need not be kept for it.
  return Uint8Array.from(call.body.subarray(0, keptBytes));
}
