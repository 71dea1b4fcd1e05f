/** What to try after a call that failed, by the reason and the code of the error. */
import { Code, type ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type { Connection } from "./connection.ts";

/** @param metadata of the error's google.rpc.ErrorInfo */
type Hint = (connection: Connection, metadata: Readonly<Record<string, string>>) => string;

/** What exists in one instance does not exist for the tokens of another. */
const notInInstance =
  (thing: string): Hint =>
  ({ tokenSource }) =>
    `"targetd ${thing} list" shows the ids. It may be in another instance than the token, ` +
    `which came from ${tokenSource}`;

const inCatalog =
  (shownBy: string): Hint =>
  () =>
    `"targetd ${shownBy}" shows what there is; "targetd catalog --help" says how to set it`;

const pastTargets: Hint = (_, metadata) =>
  metadata.skip_header === undefined
    ? `"targetd target test ${metadata.target_id}" shows what the target answers`
    : "repeat it with --skip-executions to repair what is wrong";

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
  ["METHOD_NOT_FOUND", inCatalog("execution methods")],
  ["SERVICE_NOT_FOUND", inCatalog("execution services")],
  ["FUNCTION_NOT_FOUND", inCatalog("execution functions")],
  ["EVENT_TYPE_NOT_FOUND", inCatalog("catalog show")],
  ["EVENT_GROUP_NOT_FOUND", inCatalog("catalog show")],
  ["PUBLIC_KEY_NOT_FOUND", () => `"targetd target public-key list <id>" shows the keys`],
  ["NO_ENCRYPTION_KEY", () => `"targetd target public-key --help" says how to add one`],
  ["CURRENT_SIGNING_KEY", () => `"targetd target rotate-key <id> --grace 0s" replaces it at once`],
  ["TARGET_CALL_FAILED", pastTargets],
  ["TARGET_FORWARDED_ERROR", pastTargets],
  ["REQUEST_ID_REUSED", () => "use a new request id for a call with other content"],
]);

const hintsByCode: ReadonlyMap<Code, Hint> = new Map<Code, Hint>([
  [
    Code.Unauthenticated,
    ({ tokenSource, address }) =>
      `the token came from ${tokenSource}; is it one of ${address}, and still valid?`,
  ],
  [Code.PermissionDenied, ({ tokenSource }) => `the token came from ${tokenSource}`],
  [Code.Aborted, () => "get or list it again to see the current etag"],
  [Code.Unavailable, ({ address }) => `${address} cannot serve right now; try again`],
  [Code.DeadlineExceeded, ({ address }) => `is ${address} a targetd server?`],
]);

const notOurs: Hint = ({ address }) =>
  `is ${address} a targetd server${address.startsWith("http:") ? " without TLS" : ""}?`;

/** What to say below the error of a call; undefined when there is nothing to say. */
export function hintFor(error: ConnectError, connection: Connection): string | undefined {
  const { reason, metadata = {} } = error.findDetails(ErrorInfoSchema)[0] ?? {};
  const hint = hintsByReason.get(reason ?? "") ?? hintsByCode.get(error.code);
  // Every error of a targetd names its reason.
  return (hint ?? (reason === undefined ? notOurs : undefined))?.(connection, metadata);
}
