/** What the exit codes mean, and which one each gRPC code becomes. */
import { Code } from "@connectrpc/connect";

export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  conflict: 5,
  rejected: 6,
  unavailable: 7,
  /** EX_CONFIG of sysexits.h. */
  config: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One line of help for each exit code. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, "done"],
  [exitCodes.failure, "failed in another way"],
  [exitCodes.usage, "the command line is wrong"],
  [exitCodes.notFound, "the target, token, instance or delivery does not exist"],
  [exitCodes.denied, "the token is missing, unknown or lacks a permission"],
  [exitCodes.conflict, "the name or id is taken, or the etag is not the current one"],
  [exitCodes.rejected, "the request is invalid or not possible now"],
  [exitCodes.unavailable, "no server answers, or it is too busy; try again"],
  [exitCodes.config, "the configuration is wrong"],
];

const byCode: Readonly<Record<Code, ExitCode>> = {
  [Code.Canceled]: exitCodes.failure,
  [Code.Unknown]: exitCodes.failure,
  [Code.InvalidArgument]: exitCodes.rejected,
  [Code.DeadlineExceeded]: exitCodes.unavailable,
  [Code.NotFound]: exitCodes.notFound,
  [Code.AlreadyExists]: exitCodes.conflict,
  [Code.PermissionDenied]: exitCodes.denied,
  [Code.ResourceExhausted]: exitCodes.unavailable,
  [Code.FailedPrecondition]: exitCodes.rejected,
  [Code.Aborted]: exitCodes.conflict,
  [Code.OutOfRange]: exitCodes.rejected,
  [Code.Unimplemented]: exitCodes.failure,
  [Code.Internal]: exitCodes.failure,
  [Code.Unavailable]: exitCodes.unavailable,
  [Code.DataLoss]: exitCodes.failure,
  [Code.Unauthenticated]: exitCodes.denied,
};

/** The exit code for a gRPC status code. */
export function exitCodeOf(code: Code): ExitCode {
  return byCode[code];
}
