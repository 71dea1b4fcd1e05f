import type { JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const general = "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT";
const badMask = `${general} update_mask`;
const badType = `${general} target_type`;

/** What every target of this file is at first. */
const initial: JsonObject = {
  restWebhook: { interruptOnError: true },
  timeout: "10s",
  endpoint: "https://example.com/hook",
  payloadType: "PAYLOAD_TYPE_JWT",
  headers: { "x-key": "v" },
  deliveryPolicy: { clientErrorsFinal: true },
  disabled: true,
  ordered: true,
};

describe.each(twoDoors)("over %s", (door) => {
  const update = (request: JsonObject) => server.call("UpdateTarget", request, door);

  test.each<[string, JsonObject, string]>([
    ["an unknown path", { updateMask: "nope" }, badMask],
    ["an unknown path among others", { updateMask: "timeout,nope", timeout: "1s" }, badMask],
    ["an index", { updateMask: "headers[0]" }, badMask],
    ["a key of a map", { updateMask: "headers.x" }, badMask],
    ["a path below a scalar", { updateMask: "name.first" }, badMask],
    [
      "a path below a message that is taken whole",
      { updateMask: "deliveryPolicy.maxPerSecond" },
      badMask,
    ],
    ["a flag that async has not", { updateMask: "restAsync.interruptOnError" }, badMask],
    ["a command", { updateMask: "validateOnly" }, badMask],
    ["request_id", { updateMask: "requestId" }, badMask],
    ["the mask itself", { updateMask: "updateMask" }, badMask],
    ["101 paths", { updateMask: Array(101).fill("timeout").join(","), timeout: "1s" }, badMask],
    [
      "10,000 paths",
      { updateMask: Array(10_000).fill("timeout").join(","), timeout: "1s" },
      badMask,
    ],
    ["two unknown paths", { updateMask: "nope,nada" }, `${badMask} update_mask`],
    ["a rotation that is absent", { updateMask: "expirationSigningKey" }, badMask],
    ["a name that is absent", { updateMask: "name" }, "INVALID_ARGUMENT COMMAND-d1wx4lm0zr name"],
    [
      "an endpoint that is absent",
      { updateMask: "endpoint" },
      "INVALID_ARGUMENT COMMAND-jsbaera7b6 endpoint",
    ],
    [
      "a timeout that is absent",
      { updateMask: "timeout" },
      "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout",
    ],
    ["a type, and none is set", { updateMask: "targetType" }, badType],
    ["a member, and none is set", { updateMask: "restWebhook" }, badType],
    ["another member than the one set", { updateMask: "restCall", restWebhook: {} }, badType],
    ["async, and another is set", { updateMask: "restAsync", restWebhook: {} }, badType],
    ["two members", { updateMask: "restCall,restWebhook", restWebhook: {} }, badType],
    ["three members", { updateMask: "restCall,restWebhook,restAsync", restAsync: {} }, badType],
    [
      "the flags of two members",
      { updateMask: "restWebhook.interruptOnError,restCall.interruptOnError" },
      badType,
    ],
    [
      "a member and the flag of another",
      { updateMask: "restWebhook,restCall.interruptOnError", restWebhook: {} },
      badType,
    ],
    ["the flag of another type", { updateMask: "restCall.interruptOnError" }, badType],
    [
      "the flag of another type, which is set",
      { updateMask: "restCall.interruptOnError", restCall: {} },
      badType,
    ],
    [
      "a flag, and another type is set",
      { updateMask: "restWebhook.interruptOnError", restCall: {} },
      badType,
    ],
    [
      "everything without a type",
      { updateMask: "*", name: "n", timeout: "1s", endpoint: "https://a.example" },
      badType,
    ],
    [
      "everything, and nothing is set",
      { updateMask: "*" },
      "INVALID_ARGUMENT COMMAND-d1wx4lm0zr name target_type timeout endpoint",
    ],
    [
      "a field with a mistake",
      { updateMask: "timeout", timeout: "0s" },
      "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout",
    ],
    [
      "nothing wrong, but the rotation is",
      { updateMask: "ordered", expirationSigningKey: "-1s" },
      `${general} expiration_signing_key`,
    ],
  ])("a mask that names %s is INVALID_ARGUMENT", async (_, request, expected) => {
    const id = await server.create(initial);
    expect(await server.unchanged(id, () => update({ id, ...request }))).toBe(expected);
  });

  test.each<[string, JsonObject]>([
    [
      "only what the server sets",
      {
        updateMask: "id,creationDate,changeDate,etag,signingKey,signingKeyId,previousSigningKeys",
        timeout: "0s",
      },
    ],
    ["a field that has the value already", { updateMask: "timeout", timeout: "10s", name: "" }],
    [
      "a type that is set already",
      { updateMask: "targetType", restWebhook: { interruptOnError: true } },
    ],
    [
      "a flag that is set already",
      { updateMask: "restWebhook.interruptOnError", restWebhook: { interruptOnError: true } },
    ],
  ])("a mask that names %s changes nothing", async (_, request) => {
    const id = await server.create(initial);
    expect(await server.unchanged(id, () => update({ id, ...request }))).toBe("OK");
  });

  test.each<[string, JsonObject, Readonly<Record<string, unknown>>]>([
    [
      "one field",
      {
        updateMask: "timeout",
        timeout: "3s",
        endpoint: "ftp://x",
        name: "",
        headers: { host: "x" },
      },
      { timeout: "3s" },
    ],
    [
      "100 paths",
      { updateMask: Array(100).fill("timeout").join(","), timeout: "3s" },
      { timeout: "3s" },
    ],
    [
      "the member that is set",
      { updateMask: "restCall", restCall: { interruptOnError: true } },
      { restWebhook: undefined, restCall: { interruptOnError: true } },
    ],
    [
      "async",
      { updateMask: "restAsync", restAsync: {} },
      { restWebhook: undefined, restAsync: {} },
    ],
    [
      "whichever type is set",
      { updateMask: "targetType", restCall: {} },
      { restWebhook: undefined, restCall: {} },
    ],
    [
      "a parent and its child",
      { updateMask: "restWebhook.interruptOnError,restWebhook", restWebhook: {} },
      { restWebhook: {} },
    ],
    [
      "the type and a child of what is set",
      { updateMask: "targetType,restCall.interruptOnError", restCall: {} },
      { restWebhook: undefined, restCall: {} },
    ],
    [
      "the flag alone",
      { updateMask: "restWebhook.interruptOnError", restWebhook: {} },
      { restWebhook: {} },
    ],
    [
      "the flag, which is absent",
      { updateMask: "restWebhook.interruptOnError" },
      { restWebhook: {} },
    ],
    [
      "payload_type, which is absent",
      { updateMask: "payloadType" },
      { payloadType: "PAYLOAD_TYPE_JSON" },
    ],
    ["headers, which are absent", { updateMask: "headers" }, { headers: undefined }],
    [
      "delivery_policy, which is absent",
      { updateMask: "deliveryPolicy" },
      { deliveryPolicy: undefined },
    ],
    ["disabled, which is absent", { updateMask: "disabled" }, { disabled: false }],
    ["ordered, which is absent", { updateMask: "ordered" }, { ordered: false }],
    [
      "everything",
      { updateMask: "*", name: "all", restAsync: {}, timeout: "1s", endpoint: "https://a.example" },
      {
        ...{ name: "all", restWebhook: undefined, restAsync: {}, timeout: "1s" },
        ...{ endpoint: "https://a.example", payloadType: "PAYLOAD_TYPE_JSON", headers: undefined },
        ...{ deliveryPolicy: undefined, disabled: false, ordered: false },
      },
    ],
    ["nothing, though it is there", { updateMask: "", timeout: "3s" }, { timeout: "3s" }],
  ])("a mask that names %s changes exactly that", async (_, request, changes) => {
    const id = await server.create(initial);
    const before = await server.get(id);
    expect(shortly(await update({ id, ...request }))).toBe("OK");
    const after = await server.get(id);
    const { etag, changeDate } = after;
    expect(after).toEqual({ ...before, ...changes, etag, changeDate });
    expect(etag).not.toBe(before.etag);
    expect(changeDate).not.toBe(before.changeDate);
    await server.call("DeleteTarget", { id });
  });

  test("a rotation acts whatever the mask says", async () => {
    for (const updateMask of [
      "ordered",
      "id",
      "expirationSigningKey",
      "ordered,expirationSigningKey",
    ]) {
      const id = await server.create(initial);
      const before = await server.get(id);
      const answer = await update({ id, updateMask, expirationSigningKey: "0s", timeout: "3s" });
      const after = await server.get(id);
      expect(after.signingKey).toBe(answer.message.signingKey);
      expect(after.signingKey).not.toBe(before.signingKey);
      expect(after.timeout).toBe("10s");
      expect(after.ordered).toBe(!updateMask.startsWith("ordered"));
    }
  });

  test("everything leaves the keys alone", async () => {
    const id = await server.create(initial);
    const { signingKey } = await server.get(id);
    const all = { name: `all ${id}`, restAsync: {}, timeout: "1s", endpoint: "https://a.example" };
    const answer = await update({ id, updateMask: "*", ...all });
    expect(answer.message).not.toHaveProperty("signingKey");
    expect(await server.get(id)).toMatchObject({ signingKey });
  });
});

test("without a mask a present type sets type and flag, and async has no flag", async () => {
  const id = await server.create(initial);
  await server.call("UpdateTarget", { id, restWebhook: {} });
  expect(await server.get(id)).toMatchObject({ restWebhook: {} });
  await server.call("UpdateTarget", { id, restAsync: {} });
  await server.call("UpdateTarget", { id, updateMask: "restCall", restCall: {} });
  expect(await server.get(id)).toMatchObject({ restCall: {} });
});
