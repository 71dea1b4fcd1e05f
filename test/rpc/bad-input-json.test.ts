import { describe, expect, test } from "vitest";
import { type Outcome, sendConnect } from "../support/doors.ts";
import { shortly } from "./support/play.ts";
import { restUpdate, useServer } from "./support/server.ts";

const server = useServer();
const malformed = "INVALID_ARGUMENT TARGETD-MALFORMED";

type Body = string | Uint8Array<ArrayBuffer>;

/** Sends the JSON of an update; Connect has the id in the body. */
const updates: Readonly<Record<string, (id: string, body: Body) => Promise<Outcome>>> = {
  REST: (id, body) => server.rest(restUpdate(id, body)),
  "Connect JSON": (_, body) =>
    sendConnect(server.app.url, "/zitadel.action.v2.ActionService/UpdateTarget", {
      method: "POST",
      headers: {
        authorization: `Bearer ${server.app.tokens.owner}`,
        "content-type": "application/json",
      },
      body,
    }),
};

/** An object with the id and these members. */
const withId = (id: string, members: string) => `{"id":"${id}"${members && `,${members}`}}`;

describe.each(Object.entries(updates))("through %s", (door, update) => {
  test.each([
    ['"payloadType":"PAYLOAD_TYPE_XML"', "payload_type"],
    ['"payloadType":"payload_type_json"', "payload_type"],
    ['"payloadType":1.5', "payload_type"],
    ['"payloadType":2147483648', "payload_type"],
    ['"payloadType":true', "payload_type"],
    ['"restWebhook":{},"restCall":{}', "rest_call"],
    ['"restWebhook":{},"restCall":{},"restAsync":{}', "rest_call rest_async"],
    ['"restWebhook":{},"rest_webhook":{}', "rest_webhook"],
    ['"restWebhook":[]', "rest_webhook"],
    ['"restWebhook":{"interruptOnError":"true"}', "rest_webhook.interrupt_on_error"],
    ['"restAsync":true', "rest_async"],
    ['"name":5', "name"],
    ['"name":["a"]', "name"],
    ['"headers":[]', "headers"],
    ['"headers":{"x-a":1}', 'headers["x-a"]'],
    ['"headers":{"x-a":null}', 'headers["x-a"]'],
    ['"disabled":1', "disabled"],
    ['"etag":{}', "etag"],
    ['"updateMask":["name"]', "update_mask"],
    ['"updateMask":"rest_webhook"', "update_mask"],
    ['"updateMask":"__proto__"', "update_mask"],
    ['"deliveryPolicy":{"retryDelays":["1s",2]}', "delivery_policy.retry_delays[1]"],
    ['"deliveryPolicy":{"maxConcurrency":-1}', "delivery_policy.max_concurrency"],
    ['"name":5,"timeout":"1","disabled":0', "name timeout disabled"],
  ])("%s is a mistake in %s", async (members, fields) => {
    const id = await server.create();
    const call = () => update(id, withId(id, members));
    expect(await server.unchanged(id, call)).toBe(`${malformed} ${fields}`);
  });

  test.each([
    ['"name":"a","name":"b"'],
    ['"name":"a","\\u006eame":"a"'],
    ['"unknown":{"a":1,"a":1}'],
    ['"timeout":"1s",'],
    ['"unknown":01'],
    ['"unknown":NaN'],
    ['"unknown":+1'],
    ['"unknown":.5'],
    ['"unknown":"\\x41"'],
    ['"unknown":"\\ud800"'],
    ['"unknown":"a\nb"'],
    ["name:1"],
    ["'name':'a'"],
    ['"name":"a" /* b */'],
  ])("%s cannot be read", async (members) => {
    const id = await server.create();
    expect(await server.unchanged(id, () => update(id, withId(id, members)))).toBe(malformed);
  });

  test.each([
    ["text after the object", "{} x"],
    ["two objects", "{}{}"],
    ["an open object", '{"name":"a"'],
    ["an open string", '{"name":"a'],
    ["a form", "name=a&timeout=1s"],
    ["XML", "<name>a</name>"],
    ["a byte order mark", "\ufeff{}"],
    ["a NUL", "\0"],
    ["invalid UTF-8", Buffer.from('{"name":"\xff"}', "latin1")],
    ["an overlong encoding", Buffer.from('{"name":"\xc0\xaf"}', "latin1")],
    ["a surrogate in UTF-8", Buffer.from('{"name":"\xed\xa0\x80"}', "latin1")],
    ["UTF-16", Buffer.from("\ufeff{}", "utf16le")],
    ["protobuf", Buffer.from([0x12, 0x01, 0x61])],
  ])("%s cannot be read", async (_, body) => {
    const id = await server.create();
    expect(await server.unchanged(id, () => update(id, body))).toBe(malformed);
  });

  test.each(["[]", "null", "true", '"text"', "5", "[{}]"])("%s is no request", async (body) => {
    const id = await server.create();
    expect((await server.unchanged(id, () => update(id, body))).trimEnd()).toBe(malformed);
  });

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("deeply nested %s cannot be read, known field or not", async (_, open, close) => {
    const id = await server.create();
    for (const key of ["unknown", "restWebhook", "name"]) {
      for (const depth of [64, 100_000]) {
        const nested = `${open.repeat(depth)}1${close.repeat(depth)}`;
        const call = () => update(id, withId(id, `"${key}":${nested}`));
        expect(await server.unchanged(id, call)).toBe(malformed);
      }
      const unclosed = () => update(id, withId(id, `"${key}":${open.repeat(100_000)}`));
      expect(await server.unchanged(id, unclosed)).toBe(malformed);
    }
    const bearable = `${open.repeat(63)}1${close.repeat(63)}`;
    const read = () => update(id, withId(id, `"unknown":${bearable}`));
    expect(await server.unchanged(id, read)).toBe("OK");
  });

  test("an enum number without a name is INVALID_ARGUMENT", async () => {
    const id = await server.create();
    const call = () => update(id, withId(id, '"payloadType":99'));
    expect(await server.unchanged(id, call)).toBe(
      "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT payload_type",
    );
  });

  test.each([
    ['"unknown":1,"__proto__":{"name":"a"},"constructor":{}'],
    ['"restWebhook":{"interruptOnError":true,"unknown":{}}'],
    ['"name":null,"timeout":null,"restCall":null,"payloadType":null'],
    ['"payload_type":1,"validate_only":true'],
    ['"payloadType":"PAYLOAD_TYPE_JSON","restWebhook":{"interrupt_on_error":true}'],
  ])("%s changes nothing and is no mistake", async (members) => {
    const id = await server.create();
    expect(await server.unchanged(id, () => update(id, withId(id, members)))).toBe("OK");
  });

  test(`an empty body is ${door === "REST" ? "an empty request" : "no JSON"}`, async () => {
    const id = await server.create();
    const expected = door === "REST" ? "OK" : malformed;
    expect((await server.unchanged(id, () => update(id, ""))).trimEnd()).toBe(expected);
  });

  test("no value of a body comes back in an error", async () => {
    const id = await server.create();
    const secret = "hunter2hunter2";
    for (const members of [
      `"timeout":"${secret}"`,
      `"headers":{"x-a":["${secret}"]}`,
      `"headers":{"x-a":"${secret}\\u0000"}`,
      `"payloadType":"${secret}"`,
      `"name":"${secret}" ${secret}`,
    ]) {
      const outcome = await update(id, withId(id, members));
      expect(outcome.code).toBe("INVALID_ARGUMENT");
      expect(outcome.text).not.toContain(secret);
    }
  });
});

describe("the query of a Connect GET", () => {
  const get = (query: string) =>
    sendConnect(server.app.url, `/zitadel.action.v2.ActionService/GetTarget?connect=v1&${query}`, {
      headers: { authorization: `Bearer ${server.app.tokens.owner}` },
    });
  const json = (text: string) => `encoding=json&message=${encodeURIComponent(text)}`;

  test("is read", async () => {
    const id = await server.create();
    expect(shortly(await get(json(withId(id, ""))))).toBe("OK");
    const base64 = Buffer.from(withId(id, "")).toString("base64url");
    expect(shortly(await get(`encoding=json&base64=1&message=${base64}`))).toBe("OK");
  });

  test.each([
    ["a duplicate key", json('{"id":"a","id":"b"}')],
    ["the wrong type", `${json('{"id":5}')}`],
    ["no JSON", json("id")],
    ["nothing", "encoding=json"],
    ["deep nesting", json(`{"unknown":${"[".repeat(65)}${"]".repeat(65)}}`)],
    ["no base64", "encoding=json&base64=1&message=%21"],
    ["truncated protobuf", "encoding=proto&base64=1&message=CgU"],
  ])("cannot be read with %s", async (_, query) => {
    expect((await get(query)).code).toBe("INVALID_ARGUMENT");
    expect((await get(query)).id).toBe("TARGETD-MALFORMED");
  });
});
