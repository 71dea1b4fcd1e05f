/** The connection to targetd: one over HTTP/2, opened with the first call and used again. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type CallOptions, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  type ExecuteRequestSchema,
  type ExecuteResponse,
  ExecutionService,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import type { TargetdOptions } from "./options.ts";

/** What happens, as the request of Execute names it. */
export type Occurrence = NonNullable<MessageInitShape<typeof ExecuteRequestSchema>["occurrence"]>;

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Headers besides the token. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Connection {
  /** @throws ConnectError */
  execute(occurrence: Occurrence, options: ExecuteOptions): Promise<ExecuteResponse>;
  /** Ends a connection of its own with the calls under way. */
  close(): void;
}

/** Largest message that targetd takes. Refused here, it fails the same way whatever the network does. */
const maxMessageBytes = 4 * 1024 * 1024;

/** A connection that was silent for longer is tried before it is used. */
const pingIntervalMs = 30_000;

/** @param options found valid */
export function openConnection(options: TargetdOptions): Connection {
  const { token } = options;
  const { transport, close } = transportOf(options);
  const client = createClient(ExecutionService, transport);
  return {
    async execute(occurrence, { headers, ...rest }) {
      const authorization = `Bearer ${typeof token === "string" ? token : await token()}`;
      const callOptions: CallOptions = { ...rest, headers: { ...headers, authorization } };
      return client.execute({ occurrence }, callOptions);
    },
    close,
  };
}

interface OpenTransport {
  readonly transport: Transport;
  close(): void;
}

function transportOf({ address, transport }: TargetdOptions): OpenTransport {
  if (transport !== undefined) return { transport, close: () => undefined };
  const sessionManager = new Http2SessionManager(address, { pingIntervalMs });
  const options = { baseUrl: address, sessionManager, writeMaxBytes: maxMessageBytes };
  return {
    transport: createGrpcTransport(options),
    close: () => sessionManager.abort(),
  };
}
