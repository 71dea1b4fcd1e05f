import type { Client } from "@connectrpc/connect";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import type { ActionFlags } from "../call-flags.ts";
import { withClient } from "../client.ts";
import type { Io } from "../io.ts";

export type ActionClient = Client<typeof ActionService>;

/** Calls no targets around the call (contract.md section 6). */
const skipHeader = "targetd-skip-executions";

/** Lets `use` call the ActionService; see {@link withClient}. */
export function withTargets<T>(
  flags: ActionFlags,
  io: Io,
  use: (client: ActionClient) => Promise<T>,
): Promise<T> {
  return withClient(ActionService, flags, io, use, actionHeaders(flags));
}

/** What the flags of calls to the action API add to the headers. */
export function actionHeaders({ skipExecutions }: ActionFlags): Readonly<Record<string, string>> {
  return skipExecutions ? { [skipHeader]: "true" } : {};
}
