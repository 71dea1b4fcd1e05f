import type { JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { restUpdate, twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const general = "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT";
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-${index}`, "v"]));

describe.each(twoDoors)("over %s", (door) => {
  const refused = async (headers: Record<string, string>) => {
    const id = await server.create({ headers: { "x-known": "v" } });
    const update = () => server.call("UpdateTarget", { id, headers }, door);
    const outcome = await server.unchanged(id, update);
    const create = { ...anyTarget, name: `n ${id}`, headers };
    expect(shortly(await server.call("CreateTarget", create, door))).toBe(outcome);
    return outcome;
  };

  test.each([
    ...["Host", "CONTENT-TYPE", "content-length", "content-anything", "Transfer-Encoding"],
    ...["Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "User-Agent"],
    ...[
      "Proxy-Authorization",
      "X-ZITADEL-Signature",
      "zitadel-signature",
      "Webhook-Id",
      "webhook-x",
    ],
    ...["", "a b", "a:b", "ä", "a\r\nx", "a\0", "(a)", "x".repeat(101), ":authority"],
  ])("the header name %j is refused", async (name) => {
    const field = `headers[${JSON.stringify(name.slice(0, 100))}]`;
    expect(await refused({ [name]: "v" })).toBe(`${general} ${field}`);
  });

  test.each(["a\r\nx-b: c", "a\rb", "a\nb", "a\0", "\u007f", "ä", "🎯", "x".repeat(4097)])(
    "the header value %j is refused",
    async (value) => {
      expect(await refused({ "x-a": value })).toBe(`${general} headers["x-a"]`);
    },
  );

  test("a name given twice in different case is refused", async () => {
    expect(await refused({ "X-A": "v", "x-a": "v" })).toBe(`${general} headers["x-a"]`);
  });

  test("21 headers are too many, 20 are not", async () => {
    expect(await refused(many(21))).toBe(`${general} headers`);
    const id = await server.create();
    expect(shortly(await server.call("UpdateTarget", { id, headers: many(20) }, door))).toBe("OK");
    expect(Object.keys((await server.get(id)).headers ?? {})).toHaveLength(20);
  });

  test("an empty value needs one to keep", async () => {
    const id = await server.create({ headers: { "x-known": "v" } });
    const set = (headers: JsonObject) => server.call("UpdateTarget", { id, headers }, door);
    const empty = { "X-Known": "", "x-new": "" };
    expect(await server.unchanged(id, () => set(empty))).toBe(`${general} headers["x-new"]`);
    expect(await server.unchanged(id, () => set({ "X-KNOWN": "" }))).toBe("OK");
    const create = { ...anyTarget, name: `n ${id}`, headers: { "x-new": "" } };
    expect(shortly(await server.call("CreateTarget", create, door))).toBe(
      `${general} headers["x-new"]`,
    );
  });

  test("values never come back, not in an answer and not in an error", async () => {
    const secret = `hunter2-${crypto.randomUUID()}`;
    const headers = { authorization: secret, "x-bad": `${secret}\n` };
    const id = await server.create({ headers: { authorization: secret } });
    const outcomes = await Promise.all([
      server.call("GetTarget", { id }, door),
      server.call("ListTargets", { filters: [{ inTargetIdsFilter: { targetIds: [id] } }] }, door),
      server.call("UpdateTarget", { id, headers: { authorization: secret, "x-a": secret } }, door),
      server.call("UpdateTarget", { id, headers: { authorization: "" }, validateOnly: true }, door),
      server.call("UpdateTarget", { id, headers }, door),
      server.call("CreateTarget", { ...anyTarget, name: "n", headers }, door),
    ]);
    expect(outcomes.map(({ code }) => code)).toEqual([
      ...["OK", "OK", "OK", "OK", "INVALID_ARGUMENT", "INVALID_ARGUMENT"],
    ]);
    expect(JSON.stringify(outcomes)).not.toContain(secret);
    expect(await server.get(id)).toMatchObject({ headers: { authorization: "", "x-a": "" } });
  });

  test("all mistakes are reported, in field-number order, under the id of the first", async () => {
    const wrong = {
      headers: { host: "v", "x-a": "\n" },
      deliveryPolicy: { maxConcurrency: 1001, retryDelays: ["1s", "-1s", "86401s"] },
      requestId: "x",
      payloadType: 99,
      endpoint: "ftp://example.com",
      timeout: "0s",
      name: "\n",
    };
    const id = await server.create();
    const update = { id, expirationSigningKey: "-1s", updateMask: "", ...wrong };
    const fields = [
      ...["name", "timeout", "endpoint", "expiration_signing_key", "payload_type", "request_id"],
      ...['headers["host"]', 'headers["x-a"]', "delivery_policy.retry_delays[1]"],
      ...["delivery_policy.retry_delays[2]", "delivery_policy.max_concurrency"],
    ];
    const expected = `INVALID_ARGUMENT COMMAND-d1wx4lm0zr ${fields.join(" ")}`;
    const call = () => server.call("UpdateTarget", update, door);
    expect(await server.unchanged(id, call)).toBe(expected);
    const { name: _, ...rest } = wrong;
    const other = () => server.call("UpdateTarget", { id, ...rest }, door);
    expect(await server.unchanged(id, other)).toMatch(
      /^INVALID_ARGUMENT COMMAND-08b39vdi57 timeout /,
    );
    expect(shortly(await server.call("CreateTarget", wrong, door))).toMatch(
      /^INVALID_ARGUMENT COMMAND-ddqbm9us5p name target_type timeout endpoint payload_type request_id /,
    );
  });
});

test("a header may be named like a property of every object", async () => {
  const id = await server.create();
  const headers = '{"__proto__":"v","constructor":"v","toString":"v"}';
  expect(shortly(await server.rest(restUpdate(id, `{"headers":${headers}}`)))).toBe("OK");
  const { headers: read } = await server.get(id);
  expect(Object.keys(read ?? {}).sort()).toEqual(["__proto__", "constructor", "tostring"]);
});
