/** Calls of @grpc/grpc-js without generated stubs, and a port that serves connect-node routes. */
import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Client, credentials } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";
import { openPort, type TestPort } from "./port.ts";

/** Serves routes until the test ends. */
export function openRpcPort(
  routes: (router: ConnectRouter) => void,
  shutdownSignal?: AbortSignal,
): Promise<TestPort> {
  const options = shutdownSignal === undefined ? { routes } : { routes, shutdownSignal };
  return openPort(connectNodeAdapter(options));
}

/** A grpc-js client with a connection of its own, closed when the test ends. */
export function openGrpcJs(port: number): Client {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  onTestFinished(() => client.close());
  return client;
}

/** What grpc-js wants to know of a method: path, serialize, deserialize. */
export function grpcJsMethod<I extends DescMessage, O extends DescMessage>(
  method: DescMethod & { readonly input: I; readonly output: O },
): [string, (value: MessageShape<I>) => Buffer, (bytes: Buffer) => MessageShape<O>] {
  return [
    `/${method.parent.typeName}/${method.name}`,
    (value) => Buffer.from(toBinary(method.input, value)),
    (bytes) => fromBinary(method.output, bytes),
  ];
}
