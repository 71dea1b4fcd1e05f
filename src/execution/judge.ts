/** Decides what the outcome of one call means for the execution (contract.md section 6). */
import type { JsonValue } from "@bufbuild/protobuf";
import type { ConditionId } from "../domain/condition.ts";
import type { TargetKind } from "../domain/target.ts";
import type { TargetId } from "../domain/units.ts";
import { ApiError, type ApiErrorOptions } from "../errors/api-error.ts";
import { NoEncryptionKey } from "../signing/payload.ts";
import { type ForwardedError, InvalidAnswer, readCallAnswer, readWebhookAnswer } from "./answer.ts";
import type { CallResult, FailedCall, FailureStage } from "./outcome.ts";

/** Whose call it was, and why it was made. */
export interface CallSubject {
  readonly target: TargetId;
  readonly condition: ConditionId;
}

/** Why a call to a target counts as failed. */
export interface TargetFailure {
  readonly target: TargetId;
  readonly stage: FailureStage;
  readonly timedOut: boolean;
  /** The error behind it, for the log. */
  readonly cause: unknown;
  /** For people; no secret in it. */
  readonly message: string;
  /** What the caller sees if the failure interrupts. */
  readonly error: ApiError;
}

/** At most one of both is there. */
export interface Judgement {
  readonly failure: TargetFailure | undefined;
  /** The message from now on; undefined when it stays as it is. */
  readonly message: JsonValue | undefined;
}

/** A call that had its chance: one that the caller gave up has no meaning. */
export type FinishedCall = Exclude<CallResult, { readonly kind: "cancelled" }>;

/**
 * Judges a call.
 *
 * @param accept takes the message that a target of type rest_call answered; throws InvalidAnswer
 */
export function judge(
  call: FinishedCall,
  kind: TargetKind,
  subject: CallSubject,
  accept: (answer: JsonValue) => JsonValue,
): Judgement {
  if (call.kind === "failed") return failure(subject, call, errorOf(call));
  const { status, body } = call;
  if (status < 200 || status > 299) {
    return failure(subject, { stage: "status", message: `it answered with status ${status}` });
  }
  try {
    const answer = kind === "restCall" ? readCallAnswer(body) : readWebhookAnswer(body);
    if (answer.forwarded !== undefined) return forwarded(subject, answer.forwarded);
    const { message } = answer;
    return { failure: undefined, message: message === undefined ? undefined : accept(message) };
  } catch (thrown) {
    if (!(thrown instanceof InvalidAnswer)) throw thrown;
    return failure(subject, { stage: "answer", message: thrown.message });
  }
}

/** google.rpc.ErrorInfo metadata that says where an error comes from. */
function namesOf({ target, condition }: CallSubject): Record<string, string> {
  return { target_id: target, condition };
}

interface Problem extends Pick<TargetFailure, "stage" | "message"> {
  readonly timedOut?: boolean;
  readonly cause?: unknown;
}

type FailureName = "targetCallFailed" | "noEncryptionKey";

function errorOf({ cause }: FailedCall): FailureName {
  return cause instanceof NoEncryptionKey ? "noEncryptionKey" : "targetCallFailed";
}

function failure(
  subject: CallSubject,
  problem: Problem,
  name: FailureName = "targetCallFailed",
): Judgement {
  const { stage, timedOut = false, message, cause } = problem;
  const { target, condition } = subject;
  const options: ApiErrorOptions = {
    detail: `target ${target} of ${condition}, stage ${stage}: ${message}`,
    metadata: { ...namesOf(subject), stage },
  };
  const error = new ApiError(name, options);
  return { message: undefined, failure: { target, stage, timedOut, message, cause, error } };
}

/** The error that a target forwards, with its place added. */
function forwarded(subject: CallSubject, given: ForwardedError): Judgement {
  const { target } = subject;
  const stage = "forwarded";
  const metadata = { ...namesOf(subject), stage };
  const error = new ApiError(given.name, { ...given.options, metadata });
  const message = `it forwarded: ${error.message}`;
  const failed = { target, stage, timedOut: false, cause: undefined, message, error } as const;
  return { message: undefined, failure: failed };
}
