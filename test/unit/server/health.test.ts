import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { status as grpcStatus, type ServiceError } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import {
  Health,
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from "../../../gen/grpc/health/v1/health_pb.ts";
import { createHealth } from "../../../src/server/health.ts";
import { createServingState } from "../../../src/server/serving-state.ts";
import { grpcJsMethod, openGrpcJs, openRpcPort } from "../../support/rpc.ts";

const service = "zitadel.action.v2.ActionService";

async function openHealth() {
  const state = createServingState([service]);
  const shutdown = new AbortController();
  const { url, port } = await openRpcPort(
    (router) => router.service(Health, createHealth(state)),
    shutdown.signal,
  );
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  return { state, shutdown, client, port };
}

const codeOf = (error: unknown) => ConnectError.from(error).code;

test.each(["", service])("Check tells the state of %j", async (name) => {
  const { state, client } = await openHealth();
  expect((await client.check({ service: name })).status).toBe(Status.NOT_SERVING);
  state.set(true);
  expect((await client.check({ service: name })).status).toBe(Status.SERVING);
});

test("Check refuses an unknown service", async () => {
  const { client } = await openHealth();
  const code = await client.check({ service: "a.B" }).catch(codeOf);
  expect(code).toBe(Code.NotFound);
});

test("Check answers grpc-js", async () => {
  const { state, port } = await openHealth();
  state.set(true);
  const check = (name: string) =>
    new Promise<HealthCheckResponse["status"] | grpcStatus>((resolve) => {
      const request = create(HealthCheckRequestSchema, { service: name });
      const done = (error: ServiceError | null, answer?: HealthCheckResponse) =>
        resolve(error ? error.code : (answer?.status ?? Status.UNKNOWN));
      openGrpcJs(port).makeUnaryRequest(...grpcJsMethod(Health.method.check), request, done);
    });
  expect(await check(service)).toBe(Status.SERVING);
  expect(await check("a.B")).toBe(grpcStatus.NOT_FOUND);
});

test("Watch tells every change and stops when the client leaves", async () => {
  const { state, client } = await openHealth();
  const leave = new AbortController();
  const seen: Status[] = [];
  const watch = async () => {
    for await (const { status } of client.watch({ service }, { signal: leave.signal })) {
      seen.push(status);
      if (seen.length === 3) leave.abort();
      else await expect.poll(() => state.listeners).toBe(1);
      state.set(!state.serving);
    }
  };
  expect(await watch().catch(codeOf)).toBe(Code.Canceled);
  expect(seen).toEqual([Status.NOT_SERVING, Status.SERVING, Status.NOT_SERVING]);
  await expect.poll(() => state.listeners).toBe(0);
});

test("Watch answers SERVICE_UNKNOWN and stays open", async () => {
  const { state, client } = await openHealth();
  const leave = new AbortController();
  const answers = client.watch({ service: "a.B" }, { signal: leave.signal });
  const watch = answers[Symbol.asyncIterator]();
  const first = await watch.next();
  expect(first.value?.status).toBe(Status.SERVICE_UNKNOWN);
  await expect.poll(() => state.listeners).toBe(1);
  leave.abort();
  expect(await watch.next().catch(codeOf)).toBe(Code.Canceled);
  await expect.poll(() => state.listeners).toBe(0);
});

test("Watch ends with the reason of the shutdown", async () => {
  const { state, shutdown, client } = await openHealth();
  const watch = client.watch({})[Symbol.asyncIterator]();
  await watch.next();
  await expect.poll(() => state.listeners).toBe(1);
  shutdown.abort(new ConnectError("shutting down", Code.Unavailable));
  expect(await watch.next().catch(codeOf)).toBe(Code.Unavailable);
  expect(state.listeners).toBe(0);
});

test("listeners hear only of real changes, and not after their removal", () => {
  const state = createServingState([]);
  let heard = 0;
  const remove = state.onChange(() => {
    heard += 1;
  });
  state.set(false);
  state.set(true);
  state.set(true);
  remove();
  state.set(false);
  expect(heard).toBe(1);
});
