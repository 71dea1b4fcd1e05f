/** Makes a failed call readable: message, violations, error id, and what to try next. */
import { ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ErrorDetailSchema } from "../../gen/zitadel/v1/error_detail_pb.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { connectionFailure } from "./connection-failure.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { hintFor } from "./hints.ts";
import { printable } from "./text.ts";

/** The error to show for what a call threw; anything but a gRPC error comes back as it is. */
export function callFailure(error: unknown, connection: Connection): unknown {
  if (!(error instanceof ConnectError)) return error;
  const unanswered = connectionFailure(error, connection);
  if (unanswered !== undefined) return unanswered;
  const detail = error.findDetails(ErrorDetailSchema)[0];
  const violations = (error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? []).map(
    ({ field, description }) => `${field}: ${description}`,
  );
  const message = withoutTail(detail?.message ?? error.rawMessage, `: ${violations.join("; ")}`);
  const details = [
    ...violations,
    ...forwardedBy(error),
    ...(detail === undefined ? [] : [`id: ${detail.id}`]),
  ];
  return new CliError(exitCodeOf(error.code), printable(message), {
    details: details.map(printable),
    hint: hintFor(error, connection),
  });
}

/** The server repeats the violations in its message; they are shown one per line instead. */
function withoutTail(message: string, tail: string): string {
  return message.endsWith(tail) ? message.slice(0, -tail.length) : message;
}

/** The text of a forwarded error is the target's own and does not say where it comes from. */
function forwardedBy(error: ConnectError): string[] {
  const { reason, metadata } = error.findDetails(ErrorInfoSchema)[0] ?? {};
  if (reason !== "TARGET_FORWARDED_ERROR" || metadata === undefined) return [];
  return [`from target ${metadata.target_id} of ${metadata.condition}`];
}
