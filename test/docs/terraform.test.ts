/** docs/terraform.md: the calls that the two providers make, in their order, with the token of the page. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PayloadType } from "../../gen/zitadel/action/v2/target_pb.ts";
import { type Caller, callerOf } from "../rpc/support/iam.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { derOf, ecKey, pemOf } from "../support/spki.ts";
import { readPage } from "./support/pages.ts";

const permissions = [...readPage("docs/terraform.md").matchAll(/--permission (\S+)/g)].map(
  ([, permission = ""]) => permission,
);

let app: TestApp;
let token: string;
/** Over gRPC, with the token of the page. */
let provider: Caller["targets"];

beforeAll(async () => {
  app = await startTestApp();
  const owner = callerOf(app.url, app.tokens.owner);
  ({ accessToken: token } = await owner.tokens.createToken({
    permissions,
    description: "terraform",
  }));
  provider = callerOf(app.url, token).targets;
  await owner.catalog.setEventTypes({ eventTypes: ["order.paid"] });
});
afterAll(() => app.stop());

const event = (type: string) =>
  ({ case: "event", value: { condition: { case: "event", value: type } } }) as const;
const paid = { conditionType: event("order.paid") };

describe("the provider of ZITADEL", () => {
  const orders = {
    name: "orders of zitadel",
    endpoint: "https://hooks.example.com/orders",
    timeout: { seconds: 10n },
    payloadType: PayloadType.JSON,
    targetType: { case: "restWebhook", value: { interruptOnError: false } },
  } as const;

  test("creates, reads, changes and deletes a target", async () => {
    const { id, signingKey } = await provider.createTarget(orders);
    expect(signingKey).toMatch(/^whsec_/);
    const { target } = await provider.getTarget({ id });
    expect(target).toMatchObject(orders);
    const { signingKey: none } = await provider.updateTarget({ id, timeout: { seconds: 20n } });
    expect(none).toBeUndefined();
    const changed = (await provider.getTarget({ id })).target;
    expect(changed).toMatchObject({ ...orders, timeout: { seconds: 20n } });
    await provider.deleteTarget({ id });
    await expect(provider.getTarget({ id })).rejects.toThrow("QUERY-hj5oaniyrz");
  });

  test("adds, activates, finds and removes a public key", async () => {
    const { id: targetId } = await provider.createTarget(orders);
    const publicKey = Buffer.from(pemOf(derOf(ecKey())));
    const { keyId } = await provider.addPublicKey({ targetId, publicKey });
    await provider.activatePublicKey({ targetId, keyId });
    const { publicKeys } = await provider.listPublicKeys({
      targetId,
      filters: [{ filter: { case: "keyIdsFilter", value: { ids: [keyId] } } }],
    });
    expect(publicKeys).toMatchObject([{ keyId, active: true }]);
    await provider.deactivatePublicKey({ targetId, keyId });
    await provider.removePublicKey({ targetId, keyId });
    expect((await provider.listPublicKeys({ targetId })).publicKeys).toEqual([]);
    await provider.deleteTarget({ id: targetId });
  });

  test("sets an execution, finds it in the list without a limit, and removes it", async () => {
    const { id } = await provider.createTarget(orders);
    await provider.setExecution({ condition: paid, targets: [id] });
    const { executions } = await provider.listExecutions({});
    expect(executions).toMatchObject([{ condition: paid, targets: [id] }]);
    await provider.setExecution({ condition: paid, targets: [] });
    expect((await provider.listExecutions({})).executions).toEqual([]);
    await provider.deleteTarget({ id });
  });

  test("sees 100 executions in that list, of which the newest is the first", async () => {
    const eventTypes = Array.from({ length: 101 }, (_, index) => `kind.of${index}`);
    const owner = callerOf(app.url, app.tokens.owner);
    await owner.catalog.setEventTypes({ eventTypes: ["order.paid", ...eventTypes] });
    const { id } = await provider.createTarget(orders);
    const set = (type: string, targets: string[]) =>
      provider.setExecution({ condition: { conditionType: event(type) }, targets });
    for (const type of eventTypes) await set(type, [id]);
    const { executions, pagination } = await provider.listExecutions({});
    expect([executions.length, pagination?.totalResult]).toEqual([100, 101n]);
    expect(executions[0]?.condition?.conditionType).toMatchObject(event("kind.of100"));
    await provider.deleteTarget({ id });
  });
});

describe("a provider for REST", () => {
  async function call(verb: string, path: string, body?: object) {
    const response = await fetch(`${app.url}/v2/actions${path}`, {
      method: verb,
      headers: { authorization: `Bearer ${token}` },
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  const orders = {
    name: "orders of restapi",
    endpoint: "https://hooks.example.com/orders",
    restWebhook: { interruptOnError: false },
    timeout: "10s",
    deliveryPolicy: { retryDelays: ["5s", "300s", "3600s"], maxConcurrency: 5 },
  };
  const condition = { event: { event: "order.paid" } };

  test("gets the answers that the page shows", async () => {
    const created = await call("POST", "/targets", orders);
    expect(created).toMatchObject({ status: 200, body: { signingKey: expect.any(String) } });
    const path = `/targets/${created.body.id}`;
    expect(await call("GET", path)).toMatchObject({
      status: 200,
      body: { target: { name: orders.name, deliveryPolicy: orders.deliveryPolicy } },
    });
    expect((await call("PUT", path, orders)).status).toBe(405);
    expect((await call("PATCH", path, { ...orders, timeout: "20s" })).status).toBe(200);
    expect((await call("GET", path)).body).toMatchObject({ target: { timeout: "20s" } });
    const targets = [created.body.id];
    expect(await call("PUT", "/executions", { condition, targets })).toMatchObject({
      status: 200,
      body: { setDate: expect.any(String) },
    });
    const wanted = { filters: [{ inConditionsFilter: { conditions: [condition] } }] };
    expect((await call("POST", "/executions/search", wanted)).body).toMatchObject({
      executions: [{ condition, targets }],
    });
    expect((await call("PUT", "/executions", { condition, targets: [] })).status).toBe(200);
    expect((await call("DELETE", path)).status).toBe(200);
    expect((await call("DELETE", path)).status).toBe(200);
    expect((await call("GET", path)).status).toBe(404);
  });
});
