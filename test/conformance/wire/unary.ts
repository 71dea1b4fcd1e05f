/** The unary methods of the conformance service, by the pipeline's interface, as the doors call it. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import { create, type Message } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { parseTimeout as parseConnectTimeout } from "@connectrpc/connect/protocol-connect";
import { parseTimeout as parseGrpcTimeout } from "@connectrpc/connect/protocol-grpc";
import type { CallOrigin } from "../../../src/rpc/origin.ts";
import type { Pipeline, Reply } from "../../../src/rpc/pipeline.ts";
import type { RequestHandlers } from "../../../src/server/request.ts";
import {
  joined,
  pairsOf,
  pause,
  requestInfo,
  type Seen,
  unaryPayload,
  unimplemented,
} from "./answers.ts";
import { AskedError } from "./asked-error.ts";
import {
  ConformanceService,
  IdempotentUnaryResponseSchema,
  type UnaryRequest,
  UnaryResponseSchema,
} from "./gen/connectrpc/conformance/v1/service_pb.ts";

/** The pipeline is told single headers by their names; the service must echo all. */
const requests = new AsyncLocalStorage<Incoming>();

/** What a request consists of besides its body. */
interface Incoming {
  readonly headers: IncomingHttpHeaders;
  readonly method: string;
  readonly url: string;
}

/** Lets the pipeline below see the whole request. */
export function withRequest({ onRequest, onStream }: RequestHandlers): RequestHandlers {
  return {
    onRequest(request, response) {
      const { headers, method = "", url = "" } = request;
      requests.run({ headers, method, url }, onRequest, request, response);
    },
    onStream(stream, headers) {
      const { ":method": method = "", ":path": url = "" } = headers;
      return requests.run({ headers, method, url }, () => onStream?.(stream, headers) ?? false);
    },
  };
}

const { unary, idempotentUnary } = ConformanceService.method;

/** Admits every caller, and answers as the request asks for. */
export const conformancePipeline: Pipeline = {
  async admit(entry, origin) {
    return { entry, origin, instance: undefined, caller: () => "public", again: undefined };
  },

  async call({ entry: { method }, origin }, decode) {
    const message = decode();
    if (method.name === unary.name) return answer(origin, UnaryResponseSchema, message);
    if (method.name === idempotentUnary.name) {
      return answer(origin, IdempotentUnaryResponseSchema, message);
    }
    throw new AskedError(unimplemented());
  },

  async *stream() {
    yield* [];
    throw unimplemented();
  },
};

async function answer(
  origin: CallOrigin,
  schema: typeof UnaryResponseSchema | typeof IdempotentUnaryResponseSchema,
  message: Message,
): Promise<Reply> {
  const { responseDefinition: definition } = message as UnaryRequest;
  const { responseHeaders = [], responseTrailers = [] } = definition ?? {};
  const info = requestInfo(seenOf(origin), [message]);
  try {
    await pause(definition?.responseDelayMs, origin.signal());
    const payload = unaryPayload(definition, info);
    const [headers, trailers] = [joined(responseHeaders), joined(responseTrailers)];
    return { message: create(schema, { payload }), headers, trailers };
  } catch (thrown) {
    // An error carries both, and the protocol says where they go.
    if (!(thrown instanceof ConnectError)) throw thrown;
    for (const [name, value] of pairsOf([...responseHeaders, ...responseTrailers])) {
      thrown.metadata.append(name, value);
    }
    throw new AskedError(thrown);
  }
}

function seenOf({ protocol, header }: CallOrigin): Seen {
  const request = requests.getStore();
  if (request === undefined) throw new Error("the request is not at hand");
  const timeout =
    protocol === "grpc"
      ? parseGrpcTimeout(header("grpc-timeout") ?? null, Number.MAX_SAFE_INTEGER)
      : parseConnectTimeout(header("connect-timeout-ms") ?? null, Number.MAX_SAFE_INTEGER);
  const { url, method, headers } = request;
  return {
    headers: headerPairs(headers),
    timeoutMs: timeout.timeoutMs,
    query: method === "GET" ? new URLSearchParams(url.slice(url.indexOf("?") + 1)) : undefined,
  };
}

function headerPairs(headers: IncomingHttpHeaders): (readonly [string, string])[] {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map((each) => [name, each] as const),
  );
}
