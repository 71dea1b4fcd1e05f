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
  const headers = flags.skipExecutions ? { [skipHeader]: "true" } : {};
  return withClient(ActionService, flags, io, use, headers);
}
