import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import {
  attemptCounter,
  conditionOf,
  contentOf,
  type Delivery,
} from "../../../../src/cli/listen/delivery.ts";
import { createJudge } from "../../../../src/cli/listen/judge.ts";
import { deliveryJson, deliveryText } from "../../../../src/cli/listen/print.ts";
import { maxBody, openReceiver, type Received } from "../../../../src/cli/listen/receiver.ts";

test.each<[unknown, string | undefined]>([
  [{ event_type: "order.paid", event_payload: {} }, "event/order.paid"],
  [{ function: "price" }, "function/price"],
  [{ fullMethod: "/a.B/C", request: {} }, "request/a.B/C"],
  [{ fullMethod: "/a.B/C", request: {}, response: {} }, "response/a.B/C"],
  [{ test: "target.test" }, "test"],
  [{ fullMethod: 1, event_type: {} }, undefined],
  [[], undefined],
  [null, undefined],
  [undefined, undefined],
])("what %j is about", (content, condition) => {
  expect(conditionOf(content)).toBe(condition);
});

test("attempts are counted by the id, and a call without one stands for itself", () => {
  const count = attemptCounter();
  expect([count("a"), count("b"), count("a"), count(undefined), count(undefined)]).toEqual([
    1, 1, 2, 1, 1,
  ]);
});

test("the ids that are remembered are bounded, and those in use stay", () => {
  const count = attemptCounter();
  count("oldest");
  count("in use");
  for (let i = 0; i < 9_998; i++) count(`${i}`);
  count("in use");
  count("one too many");
  expect([count("in use"), count("oldest")]).toEqual([3, 1]);
});

const received = (body: string, headers: Received["headers"] = {}): Received => ({
  ...{ at: new Date(0), method: "POST", path: "/", headers },
  body: Buffer.from(body),
});

function delivery(text: string, parts: Partial<Delivery> = {}): Delivery {
  const judged = { verdict: { kind: "genuine", proofs: ["jwt"] }, packing: "json", text } as const;
  return {
    ...{ call: received(text), judged, content: contentOf(judged), condition: "event/a" },
    ...{ webhookId: "msg_1", attempt: 1, forwarded: undefined, duration: 1.26 },
    reply: { status: 200, headers: {}, body: new Uint8Array() },
    ...parts,
  };
}

test("numbers are shown with all of their digits", () => {
  const text = '{"sequence":12345678901234567890,"small":1.10}';
  expect(deliveryText(delivery(text), false)).toContain(text);
  expect(deliveryJson(delivery(text))).toContain(`"content":${text}`);
});

test("a terminal gets a content over several lines, anything else one line", () => {
  const lines = (pretty: boolean) => deliveryText(delivery('{"a":{"b":1}}'), pretty).split("\n");
  expect(lines(true).slice(3, -1)).toEqual(["  {", '    "a": {', '      "b": 1', "    }", "  }"]);
  expect(lines(false).slice(3, -1)).toEqual(['  {"a":{"b":1}}']);
});

test("a long content is cut, and says by how much", () => {
  const text = deliveryText(delivery(JSON.stringify("a".repeat(10_000))), true);
  expect(text).toMatch(/\.\.\. 6002 characters more/);
  expect(text.length).toBeLessThan(5000);
  const lines = deliveryText(delivery(JSON.stringify(Array(1000).fill(1))), true).split("\n");
  expect(lines.length).toBeLessThan(70);
});

test("nothing of a call steers the terminal", () => {
  const bad = "\u001b[2J\u202e";
  const text = deliveryText(
    delivery(bad, { condition: bad, webhookId: bad, forwarded: { url: "http://a/", error: bad } }),
    true,
  );
  for (const character of bad.match(/[^\w[]/gu) ?? []) expect(text).not.toContain(character);
});

test("headers, which may hold secrets, are not shown", () => {
  const call = received("{}", { authorization: "Bearer secret", "x-own": "secret" });
  const shown = delivery("{}", { call });
  expect(deliveryText(shown, true) + deliveryJson(shown)).not.toContain("secret");
});

const judge = createJudge({
  ...{ signingKeys: [], target: "t", privateKey: undefined },
  address: "http://127.0.0.1:9",
});
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const jwt = (issuer: string) =>
  new SignJWT({}).setProtectedHeader({ alg: "ES256" }).setIssuer(issuer).sign(privateKey);

test("a token is proven by the keys of the server, and unproven while those cannot be had", async () => {
  const at = async (issuer: string) => (await judge(received(await jwt(issuer)))).verdict;
  const unavailable = { kind: "unknown", code: "key-set-unavailable" };
  expect(await at("https://a.example/instances/default")).toMatchObject(unavailable);
  const wrong = { kind: "forged", code: "wrong-issuer" };
  expect(await at("https://a.example/")).toMatchObject(wrong);
  expect(await at("https://a.example/instances/../keys")).toMatchObject(wrong);
});

test.each([
  ["eyJhIjoxfQ.e30.AAAA", "jwt", "forged"],
  ["eyJhIjoxfQ.!.AAAA", "json", "unknown"],
  ["eyJhIjoxfQ.A.A.A.A", "jwe", "unknown"],
  ["{}", "json", "unknown"],
  ["", "json", "unknown"],
])("%j is a %s that is %s without keys", async (body, packing, kind) => {
  expect(await judge(received(body))).toMatchObject({ packing, verdict: { kind } });
});

test("a call that never comes to its end does not keep the listener from its own", async () => {
  const answered = async () => ({ status: 200, headers: {}, body: new Uint8Array() });
  const receiver = await openReceiver({ host: "127.0.0.1", port: 0 }, answered);
  const { port } = new URL(receiver.url);
  const socket = connect(Number(port), "127.0.0.1");
  const ended = once(socket, "close");
  socket.on("error", () => undefined);
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  await once(socket, "data");
  await receiver.close();
  await ended;
});

test("a body that is too large is refused, and the next call taken", async () => {
  const taken: number[] = [];
  const receiver = await openReceiver({ host: "127.0.0.1", port: 0 }, async ({ body }) => {
    taken.push(body.length);
    return { status: 204, headers: {}, body: new Uint8Array() };
  });
  const send = (length: number) =>
    fetch(receiver.url, { method: "POST", body: Buffer.alloc(length) });
  expect((await send(maxBody)).status).toBe(204);
  // The rest is not read, so a client may see the end of the connection before the answer.
  const refused = await send(maxBody + 1).then(
    ({ status }) => status,
    () => 413,
  );
  expect(refused).toBe(413);
  expect((await send(1)).status).toBe(204);
  expect(taken).toEqual([maxBody, 1]);
  await receiver.close();
});
