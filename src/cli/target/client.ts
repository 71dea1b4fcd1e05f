import type { Client } from "@connectrpc/connect";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import { withClient } from "../client.ts";
import type { ConnectionFlags } from "../connection.ts";
import type { Io } from "../io.ts";

export type ActionClient = Client<typeof ActionService>;

/** Lets `use` call the ActionService; see {@link withClient}. */
export function withTargets<T>(
  flags: ConnectionFlags,
  io: Io,
  use: (client: ActionClient) => Promise<T>,
): Promise<T> {
  return withClient(ActionService, flags, io, use);
}
