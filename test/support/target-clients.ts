/** The clients that people call the server with, behind one function: JSON in, JSON out. */
import {
  type DescMethodUnary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Interceptor, type Transport } from "@connectrpc/connect";
import { codeFromString } from "@connectrpc/connect/protocol-connect";
import {
  type ConnectTransportOptions,
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  type GrpcTransportOptions,
  type GrpcWebTransportOptions,
  Http2SessionManager,
} from "@connectrpc/connect-node";
import { onTestFinished } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { openCaller } from "./grpc-caller.ts";
import { runTool } from "./tool.ts";

export type TargetMethod =
  | "createTarget"
  | "updateTarget"
  | "getTarget"
  | "listTargets"
  | "deleteTarget";

/**
 * Calls a method with proto JSON.
 *
 * @throws ConnectError with the code that the client was told
 */
export type TargetCall = (method: TargetMethod, request: JsonObject) => Promise<JsonObject>;

/** Where a client connects to, and as whom. */
export interface Server {
  readonly url: string;
  readonly token: string;
}

/** Opens a client that is closed when the test ends. */
type OpenClient = (server: Server) => TargetCall;

/** Every client by its name. */
export const targetClients: readonly (readonly [string, OpenClient])[] = [
  ["grpc-js", grpcJs],
  ["connect-node over gRPC", connectNode(createGrpcTransport)],
  ["connect-node over gRPC-Web", connectNode(createGrpcWebTransport)],
  ["connect-node over gRPC-Web, HTTP/1.1", connectNode1(createGrpcWebTransport)],
  [
    "connect-node over Connect, JSON",
    connectNode(createConnectTransport, { useBinaryFormat: false, useHttpGet: true }),
  ],
  ["connect-node over Connect, HTTP/1.1", connectNode1(createConnectTransport)],
  ["fetch of REST", rest],
  ["fetch of Connect JSON", connectJson],
  ["buf curl over gRPC", bufCurl("grpc")],
  ["buf curl over gRPC-Web", bufCurl("grpcweb")],
  ["buf curl over Connect", bufCurl("connect")],
];

function authorize(token: string): Interceptor {
  return (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
}

type Http2Options = ConnectTransportOptions & GrpcTransportOptions & GrpcWebTransportOptions;

/** connect-node over HTTP/2, closed when the test ends. */
function connectNode(
  transport: (options: Http2Options) => Transport,
  extra: Partial<Http2Options> = {},
): OpenClient {
  return ({ url, token }) => {
    const sessionManager = new Http2SessionManager(url);
    onTestFinished(() => sessionManager.abort());
    const interceptors = [authorize(token)];
    const options = { baseUrl: url, httpVersion: "2", sessionManager, interceptors } as const;
    return overTransport(transport({ ...options, ...extra }));
  };
}

type Http1Options = ConnectTransportOptions & GrpcWebTransportOptions;

function connectNode1(transport: (options: Http1Options) => Transport): OpenClient {
  return ({ url, token }) =>
    overTransport(
      transport({ baseUrl: url, httpVersion: "1.1", interceptors: [authorize(token)] }),
    );
}

function overTransport(transport: Transport): TargetCall {
  return async (name, request) => {
    const method: DescMethodUnary = ActionService.method[name];
    const message = fromJson(method.input, request);
    const answer = await transport.unary(method, undefined, undefined, undefined, message);
    return json(method, answer.message);
  };
}

function grpcJs(server: Server): TargetCall {
  const call = openCaller(server);
  return async (name, request) => {
    const method: DescMethodUnary = ActionService.method[name];
    const { message } = await call(method, fromJson(method.input, request));
    return json(method, message);
  };
}

const restRoutes: Readonly<Record<TargetMethod, (id: string) => readonly [string, string]>> = {
  createTarget: () => ["POST", ""],
  updateTarget: (id) => ["PATCH", `/${id}`],
  getTarget: (id) => ["GET", `/${id}`],
  listTargets: () => ["POST", "/search"],
  deleteTarget: (id) => ["DELETE", `/${id}`],
};

function rest({ url, token }: Server): TargetCall {
  return async (name, { id, ...fields }) => {
    const [method, path] = restRoutes[name](encodeURIComponent(String(id)));
    const response = await fetch(`${url}/v2/actions/targets${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(method === "POST" || method === "PATCH" ? { body: JSON.stringify(fields) } : {}),
    });
    const body = await objectIn(response);
    if (!response.ok) throw new ConnectError(String(body.message), Number(body.code));
    return body;
  };
}

function connectJson({ url, token }: Server): TargetCall {
  return async (name, request) => {
    const method = ActionService.method[name];
    const response = await fetch(`${url}/${method.parent.typeName}/${method.name}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(request),
    });
    const body = await objectIn(response);
    if (response.ok) return body;
    throw new ConnectError(String(body.message), codeFromString(String(body.code)));
  };
}

/** buf curl learns the schema by reflection; its exit code is eight times that of gRPC. */
function bufCurl(protocol: "grpc" | "grpcweb" | "connect"): OpenClient {
  return ({ url, token }) =>
    async (name, request) => {
      const method = ActionService.method[name];
      const args = ["--http2-prior-knowledge", "--protocol", protocol];
      args.push("--header", `Authorization: Bearer ${token}`, "--data", JSON.stringify(request));
      try {
        const target = `${url}/${method.parent.typeName}/${method.name}`;
        return JSON.parse(await runTool("buf", ["curl", ...args, target]));
      } catch (error) {
        const { code, stderr } = error as { readonly code: number; readonly stderr: string };
        throw new ConnectError(stderr, code % 8 === 0 ? code / 8 : Code.Unknown);
      }
    };
}

async function objectIn(response: Response): Promise<JsonObject> {
  return (await response.json()) as JsonObject;
}

function json(method: DescMethodUnary, message: Message): JsonObject {
  const value: JsonValue = toJson(method.output, message);
  return value as JsonObject;
}
