/** What a failed call means to the user. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { ErrorDetailSchema } from "../../../gen/zitadel/v1/error_detail_pb.ts";

export interface Problem {
  readonly code: Code;
  /** What went wrong, in the words of the server. */
  readonly text: string;
  /** Id of the error, for instance "TARGETD-b7x2"; empty when there was no answer. */
  readonly id: string;
  /** Reason in upper snake case; empty when there was no answer. */
  readonly reason: string;
  /** What is wrong with fields, by their proto paths. */
  readonly violations: ReadonlyMap<string, string>;
  /** What the user may do. */
  readonly advice: string;
}

const advice: Partial<Record<Code, string>> = {
  [Code.InvalidArgument]: "Correct what is marked and try again.",
  [Code.FailedPrecondition]: "Change what stands in the way and try again.",
  [Code.NotFound]: "It may have been deleted meanwhile, or belong to another instance.",
  [Code.AlreadyExists]: "Choose another one.",
  [Code.PermissionDenied]: "Sign in with a token that has this permission.",
  [Code.Unauthenticated]: "Sign in again.",
  [Code.Aborted]: "Somebody changed it meanwhile: load it again.",
  [Code.ResourceExhausted]: "Wait a little and try again.",
  [Code.Unavailable]: "Try again in a moment. If it lasts, look at the log of the server.",
  [Code.Internal]: "Try again. If it lasts, search the log of the server for the correlation id.",
};

/** Where more can be said than the code does. */
const adviceByReason: ReadonlyMap<string, string> = new Map([
  ["FEATURE_OFF", "Whoever runs the server switches it on with targetd feature."],
  ["TARGET_NAME_TAKEN", "Choose another name."],
  ["TOO_MANY_SIGNING_KEYS", "Revoke one of the earlier keys, or wait until it has ended."],
  ["QUOTA_EXCEEDED", "Delete what is not needed, or ask for a higher quota."],
  ["TOO_MANY_PUBLIC_KEYS", "Remove a key that is not in use."],
]);

const unreachable = "The server could not be reached.";

/** Reads an error of a call; whatever is none is a fault of the console and told as such. */
export function problemOf(error: unknown): Problem {
  const failure = ConnectError.from(error);
  const detail = failure.findDetails(ErrorDetailSchema)[0];
  const violations = failure.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
  // fetch tells of a connection that failed by a TypeError.
  const unanswered = detail === undefined && failure.cause instanceof TypeError;
  const code = unanswered ? Code.Unavailable : failure.code;
  const [first] = violations;
  const reason = failure.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
  const said = detail?.message ?? failure.rawMessage;
  return {
    code,
    // The server repeats the violations in its message.
    text: unanswered ? unreachable : sentence(before(said, first && `: ${first.field}: `)),
    id: detail?.id ?? "",
    reason,
    violations: new Map(violations.map(({ field, description }) => [field, sentence(description)])),
    advice: adviceByReason.get(reason) ?? advice[code] ?? "Try again.",
  };
}

function before(text: string, mark: string | undefined): string {
  const at = mark === undefined ? -1 : text.indexOf(mark);
  return at === -1 ? text : text.slice(0, at);
}

/** Messages of the API begin small and have no full stop. */
export function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** Whether an error only says that the page went away. */
export function isCancelled(error: unknown): boolean {
  return ConnectError.from(error).code === Code.Canceled;
}
