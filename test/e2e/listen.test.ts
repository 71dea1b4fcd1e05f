/** `targetd listen` against the real server, both as processes. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { unusedPort } from "../support/closed-port.ts";
import { openHook } from "../support/hook.ts";
import { sharedProcess, startNode } from "../support/process.ts";
import { temporaryFolder } from "../support/tool.ts";
import { listenersFor, onEvent } from "./support/listener.ts";

const server = sharedProcess({ TARGETD_EGRESS_ALLOW: "127.0.0.0/8" });
const {
  act,
  call,
  create,
  has,
  listen,
  start,
  targets,
  targetsOf,
  test: tested,
} = listenersFor(server);

beforeAll(async () => {
  const eventTypes = ["order.paid", "order.sent", "order.lost", "stock.low"];
  await call("targetd.v1.CatalogService/SetEventTypes", { eventTypes });
});

/** A target in the list of events of a type. */
async function other(type: string): Promise<string> {
  const { id } = await create(`other of ${type}`);
  await act("SetExecution", { condition: onEvent(type), targets: [id] });
  return id;
}

/** The token of somebody who may read and no more. */
async function viewer() {
  const request = { roles: ["IAM_OWNER_VIEWER"] };
  const { accessToken } = await call("targetd.v1.TokenService/CreateToken", request);
  return { TARGETD_TOKEN: String(accessToken) };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a temporary target", () => {
  test("is called for its conditions behind others, and gone after SIGTERM", async () => {
    const before = await other("order.lost");
    const listener = await listen(["--event", "order.lost", "--event", "order.paid"]);
    const { target } = listener;
    expect(listener.ready).toMatchObject({ conditions: ["event/order.lost", "event/order.paid"] });
    expect(await targetsOf("order.lost")).toEqual([before, target]);
    const event = { id: "1", type: "order.paid", aggregateId: "4711", payload: { n: 1 } };
    await call("targetd.v1.EventService/PublishEvents", { events: [event] });
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({
      condition: "event/order.paid",
      ...{ attempt: 1, packing: "json", status: 200 },
      webhookId: expect.stringMatching(/^msg_/),
      verdict: { kind: "genuine", proofs: ["standard-webhooks"] },
      content: { aggregateID: "4711", event_payload: { n: 1 } },
    });
    listener.kill("SIGTERM");
    expect((await listener.exited).code).toBe(exitCodes.ok);
    expect(await has(target)).toBe(false);
    expect(await targetsOf("order.lost")).toEqual([before]);
    expect(await targetsOf("order.paid")).toEqual([]);
  });

  test("leaves nothing behind when its listener is killed", async () => {
    const before = await other("order.sent");
    const listener = await listen(["--event", "order.sent", "--ttl", "1s"]);
    expect(await has(listener.target)).toBe(true);
    listener.kill("SIGKILL");
    await listener.exited;
    await expect.poll(() => has(listener.target), { timeout: 20_000 }).toBe(false);
    expect(await targetsOf("order.sent")).toEqual([before]);
  });

  test("outlives its time limit as long as its listener runs", async () => {
    const { target } = await listen(["--ttl", "2s"]);
    const endOf = async () => Date.parse(String((await targets()).get(target)?.expirationDate));
    const first = await endOf();
    await expect.poll(endOf, { timeout: 20_000 }).toBeGreaterThan(first + 2000);
  });

  test.each(["jwt", "jwe"])("with payloads of the type %s is opened and verified", async (kind) => {
    const listener = await listen(["--payload", kind, "--status", "202", "--body", '{"a":1}']);
    const answer = await tested(listener.target);
    expect(answer).toMatchObject({ httpStatus: 202, body: base64('{"a":1}') });
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({
      ...{ condition: "test", packing: kind },
      verdict: { kind: "genuine", proofs: ["standard-webhooks", kind] },
      content: { test: "target.test", aud: listener.target, jti: answer.webhookId },
    });
  });

  test("can be called in front of a method, and change its request", async () => {
    const method = "/zitadel.action.v2.ActionService/ListTargets";
    await create("first of two");
    const body = JSON.stringify({ pagination: { limit: 1 } });
    const listener = await listen(["--request", method, "--type", "call", "--body", body]);
    expect((await targets()).size).toBe(1);
    const [delivery] = await listener.took(1);
    expect(delivery?.condition).toBe(`request${method}`);
    listener.kill("SIGTERM");
    expect((await listener.exited).code).toBe(exitCodes.ok);
  });

  test("is verified from its first call on, also while its listener is not ready yet", async () => {
    // The list of the second condition is looked for when the first one is met by that.
    const looks = "/zitadel.action.v2.ActionService/ListExecutions";
    const listener = await listen(["--request", looks, "--function", "preuserinfo"]);
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({ condition: `request${looks}`, verdict: { kind: "genuine" } });
  });

  test("hands calls on as they came, and answers what it is answered", async () => {
    const hook = await openHook(() => ({ status: 418, headers: { "x-own": "a" }, body: "tea" }));
    const listener = await listen(["--forward", hook.url]);
    const answer = await tested(listener.target);
    expect(answer).toMatchObject({ httpStatus: 418, headers: { "x-own": "a" } });
    expect(answer.body).toBe(base64("tea"));
    const { headers, json: body } = hook.last();
    expect(headers).toMatchObject({ "webhook-id": answer.webhookId });
    expect(headers["zitadel-signature"]).toMatch(/^t=/);
    expect(body).toMatchObject({ test: "target.test" });
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({ status: 418, forwarded: { url: hook.url, answer: "tea" } });
  });

  test("answers 502 when nobody is there to hand calls on to", async () => {
    const listener = await listen(["--forward", `http://127.0.0.1:${await unusedPort()}/`]);
    expect(await tested(listener.target)).toMatchObject({ httpStatus: 502 });
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({ status: 502, forwarded: { error: "ECONNREFUSED" } });
  });

  test("refuses calls that are not genuine, and does not hand them on", async () => {
    const hook = await openHook();
    const listener = await listen(["--forward", hook.url]);
    const response = await fetch(String(listener.ready.listening), { method: "POST", body: "{}" });
    expect(response.status).toBe(401);
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({ status: 401, verdict: { kind: "forged" } });
    expect(hook.hits).toEqual([]);
  });

  test("that somebody else deletes ends its listener", async () => {
    const listener = await listen(["--ttl", "2s"]);
    await act("DeleteTarget", { id: listener.target });
    const { code, err } = await listener.exited;
    expect(code).toBe(exitCodes.notFound);
    expect(err).toContain(listener.target);
  });

  test("does not take calls from the targets of a wider condition unless told to", async () => {
    await other("stock.*");
    const before = [...(await targets()).keys()];
    const refused = await start(["--event", "stock.low"]).exited;
    expect([refused.code, refused.out]).toEqual([exitCodes.conflict, ""]);
    expect([...(await targets()).keys()]).toEqual(before);
    const listener = await listen(["--event", "stock.low", "--shadow"]);
    expect(await targetsOf("stock.low")).toEqual([listener.target]);
  });

  test("is not left behind when a condition is unknown", async () => {
    const before = [...(await targets()).keys()];
    const { code, err } = await start(["--event", "order.padi"]).exited;
    expect(code).toBe(exitCodes.notFound);
    expect(err).toContain("order.paid");
    expect([...(await targets()).keys()]).toEqual(before);
  });
});

describe("a target that is there", () => {
  /** Its endpoint is a free place for a listener. */
  async function prepared(name: string) {
    const place = `127.0.0.1:${await unusedPort()}`;
    const { id, key } = await create(name, `http://${place}/`);
    return { id, key, args: ["--target", id, "--listen", place] };
  }

  test("is verified by a given key, and not changed", async () => {
    const { id, key, args } = await prepared("attached");
    const before = (await targets()).get(id);
    const file = join(temporaryFolder(), "key");
    writeFileSync(file, `${key}\n`);
    const listener = await listen([...args, "--signing-key-file", file]);
    expect(await tested(id)).toMatchObject({ httpStatus: 200 });
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({ verdict: { kind: "genuine" } });
    listener.kill("SIGINT");
    const { code, out, err } = await listener.exited;
    expect(code).toBe(exitCodes.ok);
    expect(out + err).not.toContain(key);
    expect((await targets()).get(id)).toEqual(before);
  });

  test("is verified by its own key where the token may read it, and not by another", async () => {
    const { id, args } = await prepared("attached by its own key");
    const own = await listen(args);
    await tested(id);
    expect((await own.took(1))[0]).toMatchObject({ verdict: { kind: "genuine" } });
    own.kill("SIGTERM");
    await own.exited;
    const wrong = await listen(args, { TARGETD_SIGNING_KEY: `whsec_${"A".repeat(43)}=` });
    expect(await tested(id)).toMatchObject({ httpStatus: 401 });
    const [delivery] = await wrong.took(1);
    expect(delivery).toMatchObject({ verdict: { kind: "forged", code: "wrong-signature" } });
  });

  test("proves nothing to who may not read its key and has none", async () => {
    const { id, args } = await prepared("attached by a viewer");
    const listener = await listen(args, await viewer());
    expect(await tested(id)).toMatchObject({ httpStatus: 200 });
    const [delivery] = await listener.took(1);
    expect(delivery).toMatchObject({ verdict: { kind: "unknown" } });
  });
});

describe("a listener does not start", () => {
  const fails = async (...given: Parameters<typeof start>) => {
    const { code, out, err } = await start(...given).exited;
    expect([out, err]).toEqual(["", expect.stringMatching(/^error: /m)]);
    return { code, err };
  };

  test("with a token that may not create targets", async () => {
    expect((await fails([], await viewer())).code).toBe(exitCodes.denied);
  });

  test("when no server answers", async () => {
    const nowhere = { TARGETD_ADDRESS: `http://127.0.0.1:${await unusedPort()}` };
    expect((await fails([], nowhere)).code).toBe(exitCodes.unavailable);
  });

  test("at a port that another has", async () => {
    const { code, err } = await fails(["--listen", new URL(server().url).host]);
    expect(code).toBe(exitCodes.failure);
    expect(err).toContain("EADDRINUSE");
  });

  test("for a target that does not exist", async () => {
    expect((await fails(["--target", "unknown"])).code).toBe(exitCodes.notFound);
  });
});

test("text for people shows the call, and no secret", async () => {
  const { url, token } = server();
  const listener = startNode(["src/main.ts", "listen", "--name", "for people"], {
    ...{ TARGETD_ADDRESS: url, TARGETD_TOKEN: token },
  });
  const mine = async () =>
    [...(await targets()).values()].find(({ name }) => name === "for people");
  await expect.poll(mine, { timeout: 20_000 }).toBeDefined();
  const { id, signingKey } = Object(await mine());
  await tested(id);
  await listener.printed(/genuine.*\n.*\n.*target\.test/);
  listener.kill("SIGTERM");
  const { out, err } = await listener.exited;
  expect(err).toContain(id);
  expect(out + err).not.toContain(signingKey);
  expect(out + err).not.toContain(token);
});
