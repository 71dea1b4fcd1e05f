/** The conformance service behind the doors of the product. */
import type { ConnectRouter } from "@connectrpc/connect";
import type { MethodEntry } from "../../../src/rpc/method-table.ts";
import { methodName } from "../../../src/rpc/method-table.ts";
import { BodyBudget } from "../../../src/server/body-budget.ts";
import { createConnectDoor } from "../../../src/server/connect.ts";
import { createFrontDoor } from "../../../src/server/front-door.ts";
import { createJwksDoor } from "../../../src/server/jwks.ts";
import { type Listener, listen } from "../../../src/server/listen.ts";
import { createOpsDoor } from "../../../src/server/ops.ts";
import { createRestDoor } from "../../../src/server/rest/door.ts";
import type { Certificate } from "../../../src/server/tls/certificate.ts";
import { createGrpcDoor } from "../../../src/server/unary/grpc.ts";
import { quietGate } from "../../support/call-gate.ts";
import { types } from "./answers.ts";
import { ConformanceService } from "./gen/connectrpc/conformance/v1/service_pb.ts";
import { conformanceStreams } from "./streams.ts";
import { conformancePipeline, withRequest } from "./unary.ts";

/** That of the product. */
const defaultMaxBytes = 4 * 1024 * 1024;

export interface ConformanceOptions {
  /** Largest message in bytes. */
  readonly maxBytes?: number | undefined;
  /** Undefined: cleartext. */
  readonly certificate?: Certificate | undefined;
  /** Serves unary calls without connect-node where the product does. */
  readonly straightPath: boolean;
  /** Told of what the doors take for a bug. */
  readonly onBug: (cause: unknown) => void;
}

/** Opens a free port of 127.0.0.1. */
export function serveConformance(options: ConformanceOptions): Promise<Listener> {
  const { maxBytes = defaultMaxBytes, certificate, straightPath, onBug } = options;
  const shared = {
    ...{ pipeline: conformancePipeline, methods, maxBodyBytes: maxBytes, bodies: new BodyBudget() },
    types,
    gate: quietGate(),
    reportBug: (_id: string, cause: unknown) => onBug(cause),
  };
  const shutdownSignal = new AbortController().signal;
  const jwks = createJwksDoor({ published: async () => [], ...shared });
  const straight = straightPath ? unaryPaths : new Map<string, MethodEntry>();
  const onRequest = createFrontDoor({
    ops: createOpsDoor(async () => true, jwks),
    connect: createConnectDoor({ ...shared, routes, straight, shutdownSignal }),
    rest: createRestDoor(shared),
  });
  const onStream = createGrpcDoor({ ...shared, paths: straight, corsFields: () => ({}) });
  return listen({
    ...{ host: "127.0.0.1", port: 0, ...withRequest({ onRequest, onStream }) },
    nodeHttp2: !straightPath,
    certificates: certificate && { current: certificate, onChange: () => undefined },
  });
}

function routes(router: ConnectRouter): void {
  const { serverStream, clientStream, bidiStream } = ConformanceService.method;
  router
    .rpc(serverStream, conformanceStreams.serverStream)
    .rpc(clientStream, conformanceStreams.clientStream)
    .rpc(bidiStream, conformanceStreams.bidiStream);
}

const methods: ReadonlyMap<string, MethodEntry> = new Map(
  ConformanceService.methods.map((method) => {
    const name = methodName(method);
    const entry: MethodEntry = {
      ...{ name, method, access: { case: "public", value: true }, feature: "" },
      ...{ defaultInstanceOnly: false, maxBodyBytes: undefined },
      ...{ handler: undefined, stream: undefined },
    };
    return [name, entry];
  }),
);

const unaryPaths: ReadonlyMap<string, MethodEntry> = new Map(
  [...methods.values()]
    .filter(({ method }) => method.methodKind === "unary")
    .map((entry) => [`/${entry.name}`, entry]),
);
