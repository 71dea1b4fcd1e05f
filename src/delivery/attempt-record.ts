/** What the log of deliveries keeps of one call. */
import { failureStageOf } from "../domain/attempt-decision.ts";
import type { AttemptRecord, Delivery } from "../domain/delivery.ts";
import type { CallableTarget } from "../domain/execution.ts";
import type { Micros } from "../domain/units.ts";
import type { FinishedCall } from "../execution/judge.ts";
import type { AnsweredCall } from "../execution/outcome.ts";
import { shownHeaders } from "../execution/shown-headers.ts";
import type { Sent } from "../execution/target-call.ts";
import { censor } from "../telemetry/redact.ts";

/** A call that counts as an attempt. */
export type CountedCall = FinishedCall & Sent;

/**
 * @param startedAt when the call began
 * @param logBody how much of an answer's body is kept, in bytes
 * @returns the record without secrets: of a body that repeats one in what would be kept, nothing is, and
 *   neither of what a target with encrypted payloads answers
 */
export function attemptRecord(
  delivery: Pick<Delivery, "attempts">,
  callee: CallableTarget,
  call: CountedCall,
  startedAt: Micros,
  logBody: number,
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
    requestHeaders: call.sentHeaders(),
    responseHeaders: call.kind === "answered" ? keptHeaders(call) : {},
    responseBody: keptBody(callee, call, logBody),
  };
}

function outcomeOf(call: CountedCall): Pick<AttemptRecord, "stage" | "timedOut" | "error"> {
  const stage = failureStageOf(call);
  if (stage === undefined) return { stage, timedOut: false, error: "" };
  if (call.kind === "failed") return { stage, timedOut: call.timedOut, error: call.message };
  return { stage, timedOut: false, error: `it answered with status ${call.status}` };
}

/** Without credentials of the receiver's, and without ours that it repeats. */
function keptHeaders(call: CountedCall & AnsweredCall): AttemptRecord["responseHeaders"] {
  const shown = shownHeaders(call.headers);
  // Hardly any answer repeats a secret, and no secret has a line break in it.
  if (!call.repeatsSecret(Object.values(shown).join("\n"))) return shown;
  const entries = Object.entries(shown).map(
    ([name, value]) => [name, call.repeatsSecret(value) ? censor : value] as const,
  );
  return Object.fromEntries(entries);
}

function keptBody({ target }: CallableTarget, call: CountedCall, most: number): Uint8Array {
  const isKept =
    most > 0 &&
    call.kind === "answered" &&
    target.settings.payloadType !== "jwe" &&
    // A secret on the edge of what is kept is one as well; what is behind it is not kept anyway.
    !call.repeatsSecret(call.body, most);
  // Copied, so that the whole answer need not be kept for it.
  return isKept ? new Uint8Array(call.body.subarray(0, most)) : new Uint8Array();
}
