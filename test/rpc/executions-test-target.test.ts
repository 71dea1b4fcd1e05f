/** TestTarget: one signed call now, and everything that came back. */
import { describe, expect, test } from "vitest";
import { verifyZitadelSignature } from "../../examples/verify.ts";
import type { TestTargetResponse } from "../../gen/targetd/v1/target_service_pb.ts";
import { hang, openHook, replying } from "../support/hook.ts";
import { answering, openReceiver } from "../support/receiver.ts";
import { comes, denied, iamDoors } from "./support/iam.ts";
import { useServer } from "./support/server.ts";
import { clientsOf, newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });

/** Which timings are there. */
function timed({ timings }: TestTargetResponse): readonly string[] {
  const names = ["dns", "connect", "tls", "firstByte", "total"] as const;
  return names.filter((name) => timings?.[name] !== undefined);
}

describe.each(iamDoors)("over %s", (door) => {
  test("a signed payload is sent, and the answer is told", async () => {
    const tenant = await newTenant(server, door);
    const hook = await openHook(
      replying({ status: 201, headers: { "x-a": "b", "set-cookie": "session=1" }, body: "hello" }),
    );
    const target = await tenant.target(hook.url, { headers: { "X-Api-Key": "hunter2" } });
    const answer = await tenant.testing.testTarget({ targetId: target.id });
    expect(hook.last().json).toEqual({
      test: "target.test",
      instanceID: tenant.id,
      targetID: target.id,
      userID: expect.stringMatching(/^token:/),
    });
    const { headers, body } = hook.last();
    const signature = String(headers["zitadel-signature"]);
    const now = server.clock.now() / 1e6;
    expect(verifyZitadelSignature(body, signature, target.signingKey, now)).toBe(true);
    expect(headers["x-api-key"]).toBe("hunter2");
    expect(answer).toMatchObject({
      ...{ succeeded: true, stage: "", error: "", httpStatus: 201, bodyTruncated: false },
      address: new URL(hook.url).host,
      headers: { "x-a": "b", "set-cookie": "[secret]" },
      webhookId: headers["webhook-id"],
    });
    expect(Buffer.from(answer.body).toString()).toBe("hello");
    expect(timed(answer)).toEqual(["connect", "firstByte", "total"]);
    const again = await tenant.testing.testTarget({ targetId: target.id });
    expect(timed(again)).toEqual(["firstByte", "total"]);
  });

  test("a long body is cut, and said to be", async () => {
    const tenant = await newTenant(server, door);
    const limit = 16 * 1024;
    const hook = await openHook(replying({ body: "a".repeat(limit) }));
    const { id: targetId } = await tenant.target(hook.url);
    const whole = await tenant.testing.testTarget({ targetId });
    expect([whole.body.length, whole.bodyTruncated]).toEqual([limit, false]);
    hook.answer(replying({ body: "a".repeat(limit + 1) }));
    const cut = await tenant.testing.testTarget({ targetId });
    expect([cut.body.length, cut.bodyTruncated]).toEqual([limit, true]);
    hook.answer(replying({ body: Buffer.from([0xff, 0x00]) }));
    const binary = await tenant.testing.testTarget({ targetId });
    expect([...binary.body]).toEqual([0xff, 0x00]);
  });

  test("headers that are no text of UTF-8 are told as they can be", async () => {
    const tenant = await newTenant(server, door);
    const head = Buffer.from("HTTP/1.1 200 OK\r\nX-A: \xe9\xff\r\nX-B: 1\r\nX-B: 2\r\n", "latin1");
    const receiver = await openReceiver(answering(head, "Content-Length: 0\r\n\r\n"));
    const { id: targetId } = await tenant.target(receiver.url);
    const { headers } = await tenant.testing.testTarget({ targetId });
    expect(headers["x-b"]).toBe("1, 2");
    expect(headers["x-a"]).not.toBe("");
  });
});

describe("a failing target is a result", () => {
  test("of a status that is none of 2xx, with its body", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook(replying({ status: 302, headers: { location: "/b" }, body: "no" }));
    const { id: targetId } = await tenant.target(hook.url);
    const answer = await tenant.testing.testTarget({ targetId });
    expect(answer).toMatchObject({ succeeded: false, stage: "status", httpStatus: 302 });
    expect(answer.headers).toMatchObject({ location: "/b" });
    expect(Buffer.from(answer.body).toString()).toBe("no");
    expect(hook.hits).toHaveLength(1);
  });

  test.each([
    ["resolve", { endpoint: "http://hoook.invalid/" }],
    ["connect", { endpoint: "http://127.0.0.1:65534/" }],
    ["headers", { timeout: "0.2s" }],
    ["prepare", { payloadType: "PAYLOAD_TYPE_JWE" }],
  ])("at the stage %s", async (stage, changes) => {
    const tenant = await newTenant(server);
    const hook = await openHook(hang);
    const { id: targetId } = await tenant.target(hook.url, changes);
    const answer = await tenant.testing.testTarget({ targetId });
    expect(answer).toMatchObject({ succeeded: false, stage, httpStatus: 0 });
    expect(answer.error).not.toBe("");
    expect(timed(answer)).toContain("total");
    expect(answer.address).toBe(stage === "headers" ? new URL(hook.url).host : "");
  });
});

test.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1", "[::ffff:127.0.0.1]"])(
  "in development a receiver on this machine is reached as %s",
  async (host) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const { id: targetId } = await tenant.target(hook.url.replace("127.0.0.1", host));
    const answer = await tenant.testing.testTarget({ targetId });
    expect(answer).toMatchObject({ succeeded: true, error: "" });
  },
);

test.each([{ disabled: true }, { restAsync: {} }, { restCall: {} }])(
  "a target with %j is called all the same",
  async (changes) => {
    const tenant = await newTenant(server);
    const hook = await openHook();
    const { id: targetId } = await tenant.target(hook.url, changes);
    expect((await tenant.testing.testTarget({ targetId })).succeeded).toBe(true);
    expect(hook.hits).toHaveLength(1);
  },
);

test("who may test: holders of the permission, targets of their own instance", async () => {
  const tenant = await newTenant(server);
  const hook = await openHook();
  const { id: targetId } = await tenant.target(hook.url);
  const viewer = clientsOf(server.app.url, await tenant.tokenOf(["IAM_OWNER_VIEWER"]));
  expect(await comes(viewer.testing.testTarget({ targetId }))).toBe(denied);
  const tester = clientsOf(server.app.url, await tenant.tokenOf([], ["action.target.test"]));
  expect(await comes(tester.testing.testTarget({ targetId }))).toBe("OK");
  const other = await newTenant(server);
  const missing = "NOT_FOUND QUERY-hj5oaniyrz";
  expect(await comes(other.testing.testTarget({ targetId }))).toBe(missing);
  await tenant.must("DeleteTarget", { id: targetId });
  expect(await comes(tenant.testing.testTarget({ targetId }))).toBe(missing);
  expect(hook.hits).toHaveLength(1);
});
