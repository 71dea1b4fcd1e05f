import type { JsonObject } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

const initial: JsonObject = {
  ...anyTarget,
  payloadType: "PAYLOAD_TYPE_JWT",
  headers: { "x-key": "v" },
  disabled: true,
};

const patch = (id: string, body: string, headers: Record<string, string> = {}) =>
  server.rest(
    { verb: "PATCH", path: `/v2/actions/targets/${id}`, body },
    { token: server.app.tokens.owner, headers },
  );

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['{"timeout":"3s"}', { timeout: "3s" }],
  ['{"payloadType":null}', { payloadType: "PAYLOAD_TYPE_JSON" }],
  ['{"payload_type":"PAYLOAD_TYPE_UNSPECIFIED"}', { payloadType: "PAYLOAD_TYPE_JSON" }],
  ['{"headers":null,"disabled":null}', { headers: undefined, disabled: false }],
  ['{"headers":{}}', { headers: undefined }],
  ['{"restWebhook":{}}', { restWebhook: {} }],
  [
    '{"restCall":{"interruptOnError":true}}',
    { restWebhook: undefined, restCall: { interruptOnError: true } },
  ],
  ['{"rest_async":{}}', { restWebhook: undefined, restAsync: {} }],
  ['{"timeout":"3s","unknown":1,"id":"other"}', { timeout: "3s" }],
  ['{"timeout":"3s","endpoint":"https://b.example","updateMask":"timeout"}', { timeout: "3s" }],
  ['{"timeout":"3s","updateMask":""}', { timeout: "3s" }],
])("PATCH %s changes exactly the fields of its body", async (body, changes) => {
  const id = await server.create(initial);
  const before = await server.get(id);
  expect(shortly(await patch(id, body))).toBe("OK");
  const after = await server.get(id);
  const { etag, changeDate } = after;
  expect(after).toEqual({ ...before, ...changes, etag, changeDate });
  expect(etag).not.toBe(before.etag);
});

test.each([
  "",
  "{}",
  '{"unknown":null}',
  '{"id":"other"}',
  '{"validateOnly":true}',
  '{"etag":""}',
  '{"timeout":"10s"}',
])("PATCH %s changes nothing", async (body) => {
  const id = await server.create(initial);
  expect(await server.unchanged(id, () => patch(id, body))).toBe("OK");
});

test.each([
  ['{"name":null}', "COMMAND-d1wx4lm0zr name"],
  ['{"timeout":null,"endpoint":null}', "COMMAND-08b39vdi57 timeout endpoint"],
  ['{"restWebhook":null}', "TARGETD-INVALID-ARGUMENT target_type"],
  ['{"restWebhook":null,"restCall":{}}', "TARGETD-INVALID-ARGUMENT target_type"],
  ['{"name":""}', "COMMAND-d1wx4lm0zr name"],
  ['{"updateMask":"nope","timeout":"3s"}', "TARGETD-INVALID-ARGUMENT update_mask"],
  ['{"timeout":"3s","restWebhook":{},"restCall":{}}', "TARGETD-MALFORMED rest_call"],
  ["[]", "TARGETD-MALFORMED "],
])("PATCH %s is INVALID_ARGUMENT", async (body, expected) => {
  const id = await server.create(initial);
  const outcome = await server.unchanged(id, () => patch(id, body));
  expect(outcome).toBe(`INVALID_ARGUMENT ${expected}`);
});

test("a rotation by PATCH works beside the derived mask and alone", async () => {
  const id = await server.create(initial);
  const { signingKey } = await server.get(id);
  const first = await patch(id, '{"expirationSigningKey":"0s"}');
  expect(first.message.signingKey).toMatch(/^whsec_/);
  const second = await patch(id, '{"timeout":"3s","expirationSigningKey":"60s"}');
  expect(await server.get(id)).toMatchObject({
    signingKey: second.message.signingKey ?? "",
    timeout: "3s",
  });
  expect(new Set([signingKey, first.message.signingKey, second.message.signingKey]).size).toBe(3);
});

test.each(["POST", "PATCH", "DELETE"])("%s heeds If-Match", async (verb) => {
  const id = await server.create(initial);
  const path = `/v2/actions/targets/${id}`;
  const body = verb === "DELETE" ? {} : { body: '{"timeout":"3s"}' };
  const send = (etag: string) =>
    server.rest(
      { verb, path, ...body },
      { token: server.app.tokens.owner, headers: { "if-match": etag } },
    );
  expect(await server.unchanged(id, () => send('"stale"'))).toBe("ABORTED TARGETD-ETAG-MISMATCH");
  expect((await send('"stale"')).status).toBe(409);
  for (const bad of ["stale", 'W/"stale"', '"a", "b"', '""', '"']) {
    expect(await server.unchanged(id, () => send(bad))).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
  }
  const got = await server.rest({ verb: "GET", path });
  const etag = got.header("etag") ?? "";
  expect(etag).toBe(`"${(got.message.target as JsonObject).etag}"`);
  expect(shortly(await send(etag))).toBe("OK");
});

test("If-Match and an etag in the body must agree", async () => {
  const id = await server.create(initial);
  const { etag } = await server.get(id);
  const body = (value: unknown) => JSON.stringify({ timeout: "3s", etag: value });
  const match = { "if-match": `"${etag}"` };
  expect(await server.unchanged(id, () => patch(id, body("other"), match))).toBe(
    "INVALID_ARGUMENT TARGETD-MALFORMED etag",
  );
  const stale = { "if-match": '"stale"' };
  expect(await server.unchanged(id, () => patch(id, body(etag), stale))).toBe(
    "INVALID_ARGUMENT TARGETD-MALFORMED etag",
  );
  expect(shortly(await patch(id, body(etag), match))).toBe("OK");
  expect(shortly(await patch(id, body(""), { "if-match": "*" }))).toBe("OK");
});

test("DELETE takes the etag as a query parameter", async () => {
  const id = await server.create(initial);
  const remove = (etag: string) =>
    server.rest({ verb: "DELETE", path: `/v2/actions/targets/${id}?etag=${etag}` });
  expect(await server.unchanged(id, () => remove("stale"))).toBe("ABORTED TARGETD-ETAG-MISMATCH");
  const { etag } = await server.get(id);
  expect((await remove(String(etag))).message).toHaveProperty("deletionDate");
});

test("HEAD answers as GET, and a changed target has another ETag", async () => {
  const id = await server.create(initial);
  const head = async () => {
    const headers = { authorization: `Bearer ${server.app.tokens.owner}` };
    const url = `${server.app.url}/v2/actions/targets/${id}`;
    const response = await fetch(url, { method: "HEAD", headers });
    return [response.status, response.headers.get("etag"), await response.text()] as const;
  };
  const { etag } = await server.get(id);
  expect(await head()).toEqual([200, `"${etag}"`, ""]);
  await patch(id, '{"timeout":"3s"}');
  expect((await head())[1]).not.toBe(`"${etag}"`);
});
