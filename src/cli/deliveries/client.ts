import type { Client } from "@connectrpc/connect";
import { DeliveryService } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { withClient } from "../client.ts";
import type { ConnectionFlags } from "../connection.ts";
import type { Io } from "../io.ts";

export type DeliveryClient = Client<typeof DeliveryService>;

/** Lets `use` call the DeliveryService; see {@link withClient}. */
export function withDeliveries<T>(
  flags: ConnectionFlags,
  io: Io,
  use: (client: DeliveryClient) => Promise<T>,
): Promise<T> {
  return withClient(DeliveryService, flags, io, use);
}
