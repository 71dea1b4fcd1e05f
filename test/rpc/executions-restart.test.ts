/** Servers that start again on the same data, with other rules for outgoing calls. */
import { fromJson } from "@bufbuild/protobuf";
import { createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  ExecuteRequestSchema,
  ExecutionService,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import { TargetService } from "../../gen/targetd/v1/target_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { type App, buildApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config.ts";
import { micros } from "../../src/domain/units.ts";
import { makeDataDir } from "../../src/store/data-dir.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { freePorts, insertTokens } from "../support/app.ts";
import { openHook } from "../support/hook.ts";
import { newDataDir } from "../support/process.ts";
import { dropStore, storeEnv } from "../support/stores.ts";

/** Servers on one data directory, one at a time. */
async function openData() {
  const dataDir = newDataDir();
  makeDataDir(dataDir);
  const { owner } = await insertTokens(dataDir, micros(Date.now() * 1000));
  let running: App | undefined;
  const stop = async () => {
    await running?.stop();
    running = undefined;
  };
  onTestFinished(() => dropStore(dataDir));
  onTestFinished(stop);
  return async (env: Readonly<Record<string, string>>) => {
    await stop();
    const own = { ...freePorts, ...(await storeEnv(dataDir)), TARGETD_DATA_DIR: dataDir };
    const config = loadConfig({ env: { ...own, ...env }, flags: {}, dev: false });
    const destination = { write: () => undefined };
    const log = createLog({ level: "info", pretty: false, colour: false, destination });
    running = await buildApp(config, log);
    return clients(running.url, owner);
  };
}

function clients(baseUrl: string, token: string) {
  const authorize: Interceptor = (next) => (request) => {
    request.header.set("authorization", `Bearer ${token}`);
    return next(request);
  };
  const transport = createGrpcTransport({ baseUrl, interceptors: [authorize] });
  return {
    action: createClient(ActionService, transport),
    executions: createClient(ExecutionService, transport),
    testing: createClient(TargetService, transport),
  };
}

const request = fromJson(ExecuteRequestSchema, { request: { fullMethod: "/shop.v1.Shop/Buy" } });

describe("an endpoint that was saved under a rule that is gone", () => {
  const everything = [
    ...["127.0.0.0/8", "::1", "10.0.0.0/8", "169.254.0.0/16", "169.254.169.254"],
    ...["localhost:7000", "127.0.0.1:22", "hooks.internal:80", "metadata.google.internal:80"],
    ...["192.168.0.0/16", "100.64.0.0/10", "fd00::/8"],
  ].join();

  test("is refused at the call by the rule that holds now, and nothing is dialled", async () => {
    const start = await openData();
    const hook = await openHook();
    const { port } = new URL(hook.url);
    const rows: readonly (readonly [string, string])[] = [
      [`http://127.0.0.1:${port}/`, "loopback"],
      [`http://0x7f000001:${port}/`, "loopback"],
      [`http://[::ffff:127.0.0.1]:${port}/`, "loopback"],
      [`http://[::1]:${port}/`, "loopback"],
      ["http://localhost:7000/", "loopback"],
      ["http://127.0.0.1:22/", "loopback"],
      ["http://10.1.2.3/", "private"],
      ["http://192.168.1.1/", "private"],
      ["http://[fd12::1]/", "unique-local"],
      ["http://100.64.0.1/", "shared"],
      ["http://169.254.1.1/", "link-local"],
      ["http://169.254.169.254/", "metadata"],
      ["http://hooks.internal/", "internal-name"],
      ["http://metadata.google.internal/", "metadata-name"],
    ];
    const before = await start({ TARGETD_EGRESS_ALLOW: everything });
    const ids: string[] = [];
    for (const [endpoint] of rows) {
      const { id } = await before.action.createTarget({
        ...{ name: endpoint, endpoint, timeout: { seconds: 5n } },
        targetType: { case: "restWebhook", value: {} },
      });
      ids.push(id);
    }
    const all = { case: "all", value: true } as const;
    const conditionType = { case: "request", value: { condition: all } } as const;
    await before.action.setExecution({ condition: { conditionType }, targets: ids });
    const reached = await before.testing.testTarget({ targetId: ids[0] ?? "" });
    expect(reached.succeeded).toBe(true);

    const after = await start({});
    const hits = hook.hits.length;
    for (const [index, [endpoint, rule]] of rows.entries()) {
      const tested = await after.testing.testTarget({ targetId: ids[index] ?? "" });
      expect(tested, endpoint).toMatchObject({ succeeded: false, stage: "refused", httpStatus: 0 });
      expect(tested.error).toContain(`(rule ${rule})`);
      expect(tested.error).toContain("TARGETD_EGRESS_ALLOW=");
    }
    const { results } = await after.executions.execute(request);
    expect(results.map(({ stage }) => stage)).toEqual(rows.map(() => "refused"));
    expect(hook.hits).toHaveLength(hits);
  });

  test("is refused for its port alone, and for http where https is asked for", async () => {
    const start = await openData();
    const hook = await openHook();
    const { host } = new URL(hook.url);
    const before = await start({ TARGETD_EGRESS_ALLOW: "127.0.0.0/8,127.0.0.1:22" });
    const create = (endpoint: string) =>
      before.action.createTarget({
        ...{ name: endpoint, endpoint, timeout: { seconds: 5n } },
        targetType: { case: "restWebhook", value: {} },
      });
    const ssh = await create("http://127.0.0.1:22/");
    const plain = await create(`http://${host}/`);
    const after = await start({ TARGETD_EGRESS_ALLOW: "127.0.0.0/8" });
    const port = await after.testing.testTarget({ targetId: ssh.id });
    expect(port.error).toContain("(rule port)");
    expect((await after.testing.testTarget({ targetId: plain.id })).succeeded).toBe(true);
    const strict = await start({
      TARGETD_EGRESS_ALLOW: "127.0.0.0/8",
      TARGETD_EGRESS_HTTPS_ONLY: "true",
    });
    const cleartext = await strict.testing.testTarget({ targetId: plain.id });
    expect(cleartext).toMatchObject({ succeeded: false, stage: "refused" });
    expect(hook.hits).toHaveLength(1);
  });
});

test("a redirect to what must not be called is not followed", async () => {
  const start = await openData();
  const inner = await openHook();
  for (const status of [301, 302, 303, 307, 308]) {
    const outer = await openHook(() => ({ status, headers: { location: inner.url } }));
    const { action, testing } = await start({ TARGETD_EGRESS_ALLOW: new URL(outer.url).host });
    const { id: targetId } = await action.createTarget({
      ...{ name: `${status}`, endpoint: outer.url, timeout: { seconds: 5n } },
      targetType: { case: "restWebhook", value: {} },
    });
    const answer = await testing.testTarget({ targetId });
    expect(answer).toMatchObject({ succeeded: false, stage: "status", httpStatus: status });
  }
  expect(inner.hits).toHaveLength(0);
});
