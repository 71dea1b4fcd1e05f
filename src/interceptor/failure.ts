/** Whose failure it is when Execute fails, and what the caller of the user's service is told of it. */
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type { Occasion } from "./events.ts";

/**
 * "target": a target failed and interrupts, or wants the caller to see an error; so it is meant to
 * happen. "message": the message is the reason; it would be no better a minute later, and callers
 * choose it, so it must not be a way past the targets. "targetd": everything else, for which
 * onUnavailable is there.
 */
export type FailureKind = "target" | "message" | "targetd";

/** Domain of google.rpc.ErrorInfo in errors that targetd made. */
const domain = "targetd";

/** Reasons in google.rpc.ErrorInfo for which an execution ends by intent. */
const targetReasons: ReadonlySet<string> = new Set([
  "TARGET_FORWARDED_ERROR",
  "TARGET_CALL_FAILED",
  "NO_ENCRYPTION_KEY",
  "EXECUTIONS_TOO_DEEP",
]);

/** Reasons that have nothing to do with the message, whatever their codes are. */
const targetdReasons: ReadonlySet<string> = new Set(["OVERLOADED"]);

/** Too large, or not what the catalogue says. */
const messageCodes: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.OutOfRange,
  Code.ResourceExhausted,
]);

export function failureKind(error: ConnectError): FailureKind {
  const info = error.findDetails(ErrorInfoSchema).find((detail) => detail.domain === domain);
  if (info !== undefined && targetReasons.has(info.reason)) return "target";
  if (info !== undefined && targetdReasons.has(info.reason)) return "targetd";
  return messageCodes.has(error.code) ? "message" : "targetd";
}

/** The error of a target as the caller gets it: without the headers that came from targetd. */
export function forwardedError(error: ConnectError): ConnectError {
  const retryAfter = error.metadata.get("retry-after");
  const headers = retryAfter === null ? {} : { "retry-after": retryAfter };
  const forwarded = new ConnectError(error.rawMessage, error.code, headers, undefined, error);
  forwarded.details = error.details;
  return forwarded;
}

/** An answer of a target that is no message of the method. */
export function unusableAnswer(condition: string, typeName: string, cause: unknown): ConnectError {
  const text = `a target of ${condition} answered what is no ${typeName} in proto JSON`;
  const reason = "TARGET_CALL_FAILED";
  const value = { reason, domain, metadata: { condition, stage: "answer" } };
  const details = [{ desc: ErrorInfoSchema, value }];
  return new ConnectError(text, Code.FailedPrecondition, undefined, details, cause);
}

/** The answer while targetd cannot be asked; it tells nothing of why. */
export function denied(cause: unknown): ConnectError {
  const text = "the call cannot be checked right now; try again";
  return new ConnectError(text, Code.Unavailable, undefined, undefined, cause);
}

/** The answer when a message cannot be shown to targetd. */
export function unshowable(occasion: Occasion, cause: unknown): ConnectError {
  const code = occasion === "request" ? Code.InvalidArgument : Code.Internal;
  const text = `the ${occasion} cannot be checked`;
  return new ConnectError(text, code, undefined, undefined, cause);
}
