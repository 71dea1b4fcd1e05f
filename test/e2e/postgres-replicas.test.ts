/** Three servers with one database: what one has answered, all of them know. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHook } from "../support/hook.ts";
import { measureFreshness } from "./support/fresh-settings.ts";
import { inTurn, type Replicas, startReplicas } from "./support/replicas.ts";

let replicas: Replicas;
beforeAll(async () => {
  replicas = await startReplicas();
});
afterAll(() => replicas?.end());

const action = "zitadel.action.v2.ActionService";
const skip = { "targetd-skip-executions": "true" };

test("no execution uses settings older than the last answered update at its start", async () => {
  const found = await measureFreshness(replicas, { executions: 1_000, updates: 40 });
  expect(found).toMatchObject({ executions: 1_000, updates: 40, stale: 0, mixed: 0 });
  expect(found.generations).toBeGreaterThan(20);
});

test("a list of an execution that one has set runs on the others", async () => {
  const hook = await openHook(() => ({}));
  const call = (index: number, method: string, request: object) =>
    inTurn(replicas.servers, index).call(method, request, skip);
  const fullMethod = "/shop.v1.Shop/Sell";
  const condition = { response: { all: true } };
  const create = async (name: string) => {
    const request = { name, restWebhook: {}, timeout: "10s", endpoint: `${hook.url}/${name}` };
    return (await call(0, `${action}/CreateTarget`, request)).id;
  };
  const targets = [await create("first"), await create("second")];
  for (let round = 0; round < 12; round++) {
    const set = { condition, targets: [inTurn(targets, round)] };
    await call(round, `${action}/SetExecution`, set);
    const before = hook.hits.length;
    const response = { fullMethod, request: "a", response: "b" };
    await Promise.all(
      replicas.servers.map(({ call }) => call("targetd.v1.ExecutionService/Execute", { response })),
    );
    const paths = hook.hits.slice(before).map(({ path }) => path);
    expect(paths).toEqual(Array(3).fill(`/hook/${round % 2 === 0 ? "first" : "second"}`));
  }
});

test("a token that one has revoked is refused by the others", async () => {
  for (let round = 0; round < 6; round++) {
    const { call } = inTurn(replicas.servers, round);
    const request = { description: "short", roles: ["IAM_OWNER_VIEWER"] };
    const made = await call("targetd.v1.TokenService/CreateToken", request);
    const { id } = made.token as { readonly id: string };
    const statuses = () =>
      Promise.all(
        replicas.servers.map(async ({ url }) => {
          const headers = { authorization: `Bearer ${made.accessToken}` };
          const init = { method: "POST", headers, body: "{}" };
          return (await fetch(`${url}/v2/actions/targets/search`, init)).status;
        }),
      );
    expect(await statuses()).toEqual([200, 200, 200]);
    await call("targetd.v1.TokenService/RevokeToken", { id });
    expect(await statuses()).toEqual([401, 401, 401]);
  }
});
