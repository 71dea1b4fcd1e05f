/** Every way into a server, all with the same face, so that one table of calls fits all. */
import {
  type DescMethodUnary,
  type DescService,
  fromBinary,
  fromJson,
  type JsonObject,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ConnectError, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { Client, credentials } from "@grpc/grpc-js";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { type BytesReply, callBytes } from "./doors/grpc-js.ts";
import { failure, type Outcome, successOf } from "./doors/outcome.ts";
import { restCall, sendRest } from "./doors/rest.ts";

export { sendConnect } from "./doors/connect-text.ts";
export type { Outcome } from "./doors/outcome.ts";

/** What goes with a call besides its message. */
export interface CallOptions {
  /** Access token; undefined sends none. */
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One way to call the methods of an ActionService. */
export interface Door {
  readonly name: string;
  /**
   * Makes a call and never rejects for an error that the server answered.
   *
   * @param method name without the service
   * @param request in JSON with lowerCamelCase names
   */
  call(method: string, request: JsonObject, options: CallOptions): Promise<Outcome>;
}

/** Doors to one server. */
export interface Doors {
  readonly all: readonly Door[];
  /** Sends a gRPC message as bytes, which need be no message at all. */
  bytes(path: string, message: Uint8Array, options: CallOptions): Promise<BytesReply>;
  /** Ends connections that the clients keep. */
  close(): void;
}

export const doorNames = [
  "gRPC by connect-node",
  "gRPC by grpc-js",
  "gRPC-Web",
  "Connect binary",
  "Connect JSON",
  "Connect GET",
  "REST",
] as const;

/**
 * Opens every door.
 *
 * @param service whose methods are called: the ActionService of any version
 */
export function openDoors(baseUrl: string, service: DescService = ActionService): Doors {
  const client = new Client(new URL(baseUrl).host, credentials.createInsecure());
  const http1 = { baseUrl, httpVersion: "1.1" as const };
  const makers: Record<(typeof doorNames)[number], () => Door["call"]> = {
    "gRPC by connect-node": () => byTransport(service, createGrpcTransport({ baseUrl })),
    "gRPC by grpc-js": () => byGrpcJs(service, client),
    "gRPC-Web": () => byTransport(service, createGrpcWebTransport(http1)),
    "Connect binary": () =>
      byTransport(service, createConnectTransport({ baseUrl, httpVersion: "2" })),
    "Connect JSON": () =>
      byTransport(service, createConnectTransport({ ...http1, useBinaryFormat: false })),
    // GET is used for methods without side effects, POST for the others.
    "Connect GET": () =>
      byTransport(
        service,
        createConnectTransport({ ...http1, useBinaryFormat: false, useHttpGet: true }),
      ),
    REST: () => (method, request, options) =>
      sendRest(baseUrl, restCall(method, request, versionOf(service)), headersOf(options)),
  };
  return {
    all: doorNames.map((name) => ({ name, call: makers[name]() })),
    bytes: (path, message, options) => callBytes(client, path, message, headersOf(options)),
    close: () => client.close(),
  };
}

/** The headers of a call, lower-case names. */
export function headersOf({ token, headers }: CallOptions): Record<string, string> {
  return { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers };
}

/** A method by its name. */
export function methodByName(name: string, service: DescService = ActionService): DescMethodUnary {
  const method = service.methods.find((each) => each.name === name);
  if (method === undefined) throw new Error(`there is no method ${name}`);
  return method as DescMethodUnary;
}

/** The last part of the service's package, for instance "v2". */
function versionOf({ file }: DescService): string {
  return file.proto.package.split(".").at(-1) ?? "";
}

function byTransport(service: DescService, transport: Transport): Door["call"] {
  return async (name, request, options) => {
    const method = methodByName(name, service);
    const message = fromJson(method.input, request) as MessageInitShape<typeof method.input>;
    try {
      const answer = await transport.unary(
        method,
        undefined,
        undefined,
        headersOf(options),
        message,
      );
      const header = (key: string) => answer.header.get(key) ?? answer.trailer.get(key);
      return successOf(method.output, answer.message, header);
    } catch (thrown) {
      if (!(thrown instanceof ConnectError)) throw thrown;
      const header = (key: string) => thrown.metadata.get(key);
      return failure(thrown.code, thrown.rawMessage, (desc) => thrown.findDetails(desc)[0], header);
    }
  };
}

function byGrpcJs(service: DescService, client: Client): Door["call"] {
  return async (name, request, options) => {
    const method = methodByName(name, service);
    const bytes = toBinary(method.input, fromJson(method.input, request));
    const path = `/${service.typeName}/${name}`;
    const reply = await callBytes(client, path, bytes, headersOf(options));
    if (!reply.ok) return reply.outcome;
    return successOf(method.output, fromBinary(method.output, reply.bytes), reply.header);
  };
}
