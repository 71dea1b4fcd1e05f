/** An ExecutionService that does what a test wants. */
import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { onTestFinished } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import {
  type ExecuteRequest,
  type ExecuteResponseSchema,
  ExecutionService,
  type RequestOccurrence,
  RequestOccurrenceSchema,
  type ResponseOccurrence,
  ResponseOccurrenceSchema,
} from "../../../gen/targetd/v1/execution_service_pb.ts";
import { fromValue, toValue } from "../../../src/rpc/value.ts";

type Answer = MessageInitShape<typeof ExecuteResponseSchema>;

/** What Execute does; by default nothing is replaced. */
export interface Executions {
  request?(occurrence: RequestOccurrence, context: HandlerContext): Answer | Promise<Answer>;
  response?(occurrence: ResponseOccurrence, context: HandlerContext): Answer | Promise<Answer>;
}

/** What Execute was asked, in JSON where it holds messages. */
export interface Asked {
  readonly occasion: string | undefined;
  readonly fullMethod: string;
  readonly request: JsonValue | undefined;
  readonly response: JsonValue | undefined;
  readonly caller: {
    readonly ids: readonly (string | undefined)[];
    readonly headers: Readonly<Record<string, readonly string[]>>;
  };
  /** Headers of the call of Execute itself. */
  readonly header: Headers;
}

export interface ExecutionPort {
  readonly address: string;
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Connections so far. */
  readonly connections: readonly ServerHttp2Session[];
  /** Cuts every connection and closes the port. */
  close(): Promise<void>;
}

/** Serves Execute until the test ends. */
export async function openExecutions(
  executions: Executions = {},
  wantedPort = 0,
): Promise<ExecutionPort> {
  const asked: Asked[] = [];
  const adapter = connectNodeAdapter({
    routes: (router) => {
      router.service(ExecutionService, {
        async execute(request, context) {
          asked.push(askedOf(request, context.requestHeader));
          const { occurrence } = request;
          const answer =
            occurrence.case === "request"
              ? executions.request?.(occurrence.value, context)
              : occurrence.case === "response" && executions.response?.(occurrence.value, context);
          return (await answer) || {};
        },
      });
    },
  });
  const server = createServer(adapter);
  const connections: ServerHttp2Session[] = [];
  server.on("session", (session) => connections.push(session));
  server.listen(wantedPort, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const session of connections) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(close);
  return { address: `http://127.0.0.1:${port}`, port, asked, connections, close };
}

function askedOf({ occurrence }: ExecuteRequest, header: Headers): Asked {
  const request =
    occurrence.case === "request" ? occurrence.value : create(RequestOccurrenceSchema);
  const response =
    occurrence.case === "response" ? occurrence.value : create(ResponseOccurrenceSchema);
  const caller = request.caller ?? response.caller;
  const headers = Object.entries(caller?.headers ?? {}).map(([name, { values }]) => [name, values]);
  return {
    occasion: occurrence.case,
    fullMethod: request.fullMethod || response.fullMethod,
    request: fromValue(request.request ?? response.request),
    response: fromValue(response.response),
    caller: {
      ids: [caller?.userId, caller?.orgId, caller?.projectId],
      headers: Object.fromEntries(headers),
    },
    header,
  };
}

/** The answer when targets replaced the message. */
export function replacedBy(message: JsonValue, condition = "request"): Answer {
  return { message: toValue(message), replaced: true, condition };
}

/** An error of targetd with its reason. */
export function targetdError(code: Code, text: string, reason?: string): ConnectError {
  const metadata = { target_id: "t1", condition: "request" };
  const details =
    reason === undefined
      ? []
      : [{ desc: ErrorInfoSchema, value: { reason, domain: "targetd", metadata } }];
  const headers = { "retry-after": "1", "set-cookie": "inner=1", "x-inner": "1" };
  return new ConnectError(text, code, headers, details);
}

/** Never answers. */
export function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new ConnectError("gone", Code.Canceled)));
  });
}
