/** Past the bound on waiting, every door refuses at once and in the same words; what watches the server goes on. */

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Health, HealthCheckResponse_ServingStatus } from "../../gen/grpc/health/v1/health_pb.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type Doors, doorNames, openDoors } from "../support/doors.ts";
import { FakeLoop } from "../support/fake-loop.ts";

const limits = { patienceMs: 200, few: 1 };
const request = { filters: [] };

let loop: FakeLoop;
let app: TestApp;
let doors: Doors;

beforeAll(async () => {
  loop = new FakeLoop();
  const env = { TARGETD_METRICS_LISTEN: "127.0.0.1:0" };
  app = await startTestApp({ env, overload: { limits, loop } });
  doors = openDoors(app.url);
});
afterAll(async () => {
  doors.close();
  await app.stop();
});

const doorOf = (name: string) => {
  const door = doors.all.find((each) => each.name === name);
  if (door === undefined) throw new Error(`there is no door ${name}`);
  return door;
};

const list = (name: string, token: string | undefined = app.tokens.owner) =>
  doorOf(name).call("ListTargets", request, { token });

/** The loop is busy with a turn in which calls waited beyond patience. */
async function overload(): Promise<void> {
  await list("REST");
  loop.work(limits.patienceMs + 1);
}

/** The overload is over. */
function calm(): void {
  loop.pause(60_000);
}

describe.each(doorNames)("over %s", (name) => {
  test("calls are refused, whoever calls, and let in when the overload is over", async () => {
    await overload();
    for (const token of [app.tokens.owner, app.tokens.nobody, undefined]) {
      const { code, id, reason, header } = await list(name, token);
      expect([code, id, reason]).toEqual([
        "RESOURCE_EXHAUSTED",
        "TARGETD-OVERLOADED",
        "OVERLOADED",
      ]);
      expect([header("retry-after"), header("cache-control")]).toEqual(["1", "no-store"]);
    }
    calm();
    expect((await list(name)).code).toBe("OK");
  });
});

test("REST answers 429 with google.rpc.RetryInfo", async () => {
  await overload();
  const answer = await fetch(`${app.url}/v2/actions/targets/search`, {
    method: "POST",
    body: "{}",
  });
  expect(answer.status).toBe(429);
  const { code, details } = (await answer.json()) as { code: number; details: unknown[] };
  expect(code).toBe(8);
  expect(details).toContainEqual({
    "@type": "type.googleapis.com/google.rpc.RetryInfo",
    retryDelay: "1s",
  });
  calm();
});

test("health, readiness, key sets and metrics go on, and tell of the refusals", async () => {
  await overload();
  expect((await list("REST")).code).toBe("RESOURCE_EXHAUSTED");
  const health = createClient(Health, createGrpcTransport({ baseUrl: app.url }));
  expect((await health.check({})).status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  for (const path of ["/healthz", "/readyz", "/oauth/v2/keys"]) {
    expect([path, (await fetch(app.url + path)).status]).toEqual([path, 200]);
  }
  const lines = app.logged.map((line) => JSON.parse(line));
  const { host, port } = lines.find(({ msg }) => msg === "metrics can be read");
  const text = await (await fetch(`http://${host}:${port}/metrics`)).text();
  expect(text).toMatch(/^targetd_rpc_refused_total\{cause="overload"\} [1-9]/m);
  expect(text).toMatch(/^targetd_rpc_calls_in_flight 0$/m);
  calm();
});

test("the log tells of its begin and, with the number of refusals, of its end", async () => {
  await list("REST");
  const before = app.logged.length;
  await overload();
  await list("REST");
  await list("gRPC by grpc-js");
  calm();
  await list("REST");
  const told = app.logged.slice(before).map((line) => JSON.parse(line));
  expect(told.filter(({ msg }) => msg.includes("overloaded"))).toMatchObject([
    { level: "warn" },
    { level: "info", refused: 2 },
  ]);
});

test("what one turn of the event loop reads beyond its bound is refused, everything else answered", async () => {
  const busy = await startTestApp({ overload: { limits: { patienceMs: 0, few: 25 } } });
  const clients = openDoors(busy.url);
  const token = busy.tokens.owner;
  const [door] = clients.all;
  const calls = Array.from({ length: 50 }, () => door?.call("ListTargets", request, { token }));
  const outcomes = (await Promise.all(calls)).map((outcome) => outcome?.id ?? outcome?.code);
  expect([...new Set(outcomes)].sort()).toEqual(["OK", "TARGETD-OVERLOADED"]);
  clients.close();
  await busy.stop();
});
