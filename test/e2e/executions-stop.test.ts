/** How the server stops while targets are called. */
import { fromJson } from "@bufbuild/protobuf";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import {
  ExecuteRequestSchema,
  ExecutionService,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { type HookReply, openHook } from "../support/hook.ts";
import { type ServerProcess, startProcess } from "../support/process.ts";
import { onRequests, openReceiver } from "../support/receiver.ts";

const env = { TARGETD_EGRESS_ALLOW: "127.0.0.0/8" };
const request = fromJson(ExecuteRequestSchema, { request: { fullMethod: "/a.B/C" } });

function clientsOf({ url: baseUrl, token }: ServerProcess) {
  const authorize: Interceptor = (next) => (call) => {
    call.header.set("authorization", `Bearer ${token}`);
    return next(call);
  };
  const options = { baseUrl, interceptors: [authorize] };
  const grpc = createGrpcTransport(options);
  const connect = createConnectTransport({ ...options, httpVersion: "1.1" });
  return {
    action: createClient(ActionService, grpc),
    executions: [grpc, connect].map((transport) => createClient(ExecutionService, transport)),
  };
}

/** Binds a target to all requests. */
async function bind({ action }: ReturnType<typeof clientsOf>, endpoint: string): Promise<void> {
  const { id } = await action.createTarget({
    ...{ name: "called", endpoint, timeout: { seconds: 270n } },
    targetType: { case: "restWebhook", value: { interruptOnError: true } },
  });
  const all = { case: "all", value: true } as const;
  const conditionType = { case: "request", value: { condition: all } } as const;
  await action.setExecution({ condition: { conditionType }, targets: [id] });
}

test("after SIGTERM executions under way are finished, over gRPC and Connect", async () => {
  const server = await startProcess({ env });
  const { promise: released, resolve: release } = Promise.withResolvers<HookReply>();
  const called = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const hook = await openHook(() => {
    called[calls++]?.resolve();
    return released;
  });
  const clients = clientsOf(server);
  await bind(clients, hook.url);
  const running = clients.executions.map((client) => client.execute(request));
  await Promise.all(called.map(({ promise }) => promise));
  server.kill("SIGTERM");
  await server.printed(/"msg":"stopping"/);
  const port = () => fetch(`${server.url}/healthz`).then(String, () => "closed");
  await expect.poll(port).toBe("closed");
  release({});
  const answers = await Promise.all(running);
  expect(answers.map(({ condition }) => condition)).toEqual(["request", "request"]);
  expect((await server.exited).code).toBe(0);
});

test("a target that never answers holds the stop up for its time, no longer", async () => {
  const server = await startProcess({ env: { ...env, TARGETD_SHUTDOWN_TIMEOUT: "500ms" } });
  const { promise: called, resolve } = Promise.withResolvers<void>();
  const receiver = await openReceiver(onRequests(() => resolve()));
  const clients = clientsOf(server);
  await bind(clients, receiver.url);
  const running = clients.executions[0]?.execute(request);
  const failed = expect(running).rejects.toThrow();
  await called;
  server.kill("SIGTERM");
  await failed;
  expect((await server.exited).code).toBe(0);
  await expect.poll(receiver.open).toBe(0);
});
