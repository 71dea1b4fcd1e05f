/** Calls the server like any other gRPC client. */

import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { callFailure } from "./call-failure.ts";
import { type ConnectionFlags, connectionFrom } from "./connection.ts";
import { schemeFailure } from "./connection-failure.ts";
import type { Io } from "./io.ts";

/** Longest time a call may take, in milliseconds. */
const callTimeout = 30_000;

/**
 * Lets `use` call a service of the server.
 *
 * @param headers sent with every call, besides the token
 * @throws CliError for whatever went wrong, with what to try next
 */
export function withClient<S extends DescService, T>(
  service: S,
  flags: ConnectionFlags,
  io: Io,
  use: (client: Client<S>) => Promise<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  return withTransport(flags, io, (transport) => use(createClient(service, transport)), headers);
}

/** The same for calls of more than one service. */
export async function withTransport<T>(
  flags: ConnectionFlags,
  io: Io,
  use: (transport: Transport) => Promise<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const connection = connectionFrom(flags, io.env);
  for (const warning of connection.warnings) io.err(`warning: ${warning}\n`);
  // The idle connection is not closed here: it does not keep the process alive, and closing it while
  // an error of it is under way would leave that error unhandled.
  const transport = createGrpcTransport({
    baseUrl: connection.address,
    defaultTimeoutMs: callTimeout,
    interceptors: [
      sendHeaders({ ...headers, authorization: `Bearer ${connection.token}` }),
      reportHeaders(io),
    ],
  });
  try {
    return await use(transport);
  } catch (error) {
    throw (await schemeFailure(error, connection)) ?? callFailure(error, connection);
  }
}

/** Adds headers to every request. */
export function sendHeaders(headers: Readonly<Record<string, string>>): Interceptor {
  return (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
    return next(request);
  };
}

/**
 * Says what an answer's headers tell about it (contract.md sections 4 and 6), and the same about further
 * answers only once: a command may make thousands of calls.
 */
function reportHeaders(io: Io): Interceptor {
  const told = new Set<string>();
  const tell = (line: string) => {
    if (!told.has(line)) io.err(line);
    told.add(line);
  };
  return (next) => async (request) => {
    const response = await next(request);
    if (response.header.get("targetd-replayed") === "true") {
      tell("note: this is the answer of an earlier call with the same request id\n");
    }
    const warning = response.header.get("targetd-warning");
    if (warning !== null) tell(`warning: a target of this call failed: ${warning}\n`);
    return response;
  };
}
