/** Makes a failed call readable: message, violations, error id, and what to try next. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ErrorDetailSchema } from "../../gen/zitadel/v1/error_detail_pb.ts";
import { CliError } from "./cli-error.ts";
import type { Connection } from "./connection.ts";
import { connectionFailure } from "./connection-failure.ts";
import { exitCodeOf } from "./exit-codes.ts";
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
  const details = detail === undefined ? violations : [...violations, `id: ${detail.id}`];
  return new CliError(exitCodeOf(error.code), printable(message), {
    details: details.map(printable),
    hint: hintFor(error, connection),
  });
}

/** The server repeats the violations in its message; they are shown one per line instead. */
function withoutTail(message: string, tail: string): string {
  return message.endsWith(tail) ? message.slice(0, -tail.length) : message;
}

type Hint = (connection: Connection) => string;

/** What exists in one instance does not exist for the tokens of another. */
const notInInstance =
  (thing: string): Hint =>
  ({ tokenSource }) =>
    `"targetd ${thing} list" shows the ids. It may be in another instance than the token, ` +
    `which came from ${tokenSource}`;

const hintsByReason: ReadonlyMap<string, Hint> = new Map<string, Hint>([
  ["TOO_MANY_SIGNING_KEYS", () => "--grace 0s ends every earlier key at once"],
  ["LAST_TOKEN", () => `make another first: "targetd token create --role IAM_OWNER"`],
  ["TARGET_NOT_FOUND", notInInstance("target")],
  ["TOKEN_NOT_FOUND", notInInstance("token")],
  ["DELIVERY_NOT_FOUND", notInInstance("deliveries")],
  [
    "DELIVERY_NOT_PENDING",
    () => `"targetd deliveries replay <id>" delivers again what is finished`,
  ],
  ["CURSOR_TOO_OLD", () => `"targetd deliveries list" shows what is kept`],
  ["INSTANCE_NOT_FOUND", () => `"targetd instance list" shows the ids`],
  ["REQUEST_ID_REUSED", () => "use a new request id for a call with other content"],
]);

const hintsByCode: ReadonlyMap<Code, Hint> = new Map<Code, Hint>([
  [
    Code.Unauthenticated,
    ({ tokenSource, address }) =>
      `the token came from ${tokenSource}; is it one of ${address}, and still valid?`,
  ],
  [Code.PermissionDenied, ({ tokenSource }) => `the token came from ${tokenSource}`],
  [Code.Aborted, () => `"targetd target get <id>" shows the current etag`],
  [Code.Unavailable, ({ address }) => `${address} cannot serve right now; try again`],
  [Code.DeadlineExceeded, ({ address }) => `is ${address} a targetd server?`],
]);

const notOurs: Hint = ({ address }) =>
  `is ${address} a targetd server${address.startsWith("http:") ? " without TLS" : ""}?`;

function hintFor(error: ConnectError, connection: Connection): string | undefined {
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason;
  const hint = hintsByReason.get(reason ?? "") ?? hintsByCode.get(error.code);
  // Every error of a targetd names its reason.
  return (hint ?? (reason === undefined ? notOurs : undefined))?.(connection);
}
