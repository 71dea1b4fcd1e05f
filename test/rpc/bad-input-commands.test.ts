import type { JsonObject } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { restUpdate, twoDoors, useServer } from "./support/server.ts";

const server = useServer();
const day = 24 * 3600;

describe.each(twoDoors)("over %s", (door) => {
  const update = (request: JsonObject) => server.call("UpdateTarget", request, door);

  test.each(["-1s", "-0.000000001s", `${30 * day}.000000001s`, `${30 * day + 1}s`])(
    "a grace period of %s is INVALID_ARGUMENT",
    async (expirationSigningKey) => {
      const id = await server.create();
      expect(await server.unchanged(id, () => update({ id, expirationSigningKey }))).toBe(
        "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT expiration_signing_key",
      );
    },
  );

  test.each(["0s", "0.000000001s", `${30 * day}s`])(
    "a grace period of %s is accepted",
    async (grace) => {
      const id = await server.create();
      const { signingKeyId } = await server.get(id);
      const answer = await update({ id, expirationSigningKey: grace });
      expect(shortly(answer)).toBe("OK");
      const after = await server.get(id);
      expect(after.signingKey).toBe(answer.message.signingKey);
      if (grace === `${30 * day}s`) {
        expect(after.previousSigningKeys).toMatchObject([{ keyId: signingKeyId }]);
      }
    },
  );

  test("a sixth previous key is FAILED_PRECONDITION until one has ended", async () => {
    const id = await server.create();
    for (let count = 1; count <= 5; count++) {
      const grace = { id, expirationSigningKey: `${count * 100}s` };
      expect(shortly(await update(grace))).toBe("OK");
    }
    const sixth = () => update({ id, expirationSigningKey: "100s" });
    expect(await server.unchanged(id, sixth)).toBe(
      "FAILED_PRECONDITION TARGETD-TOO-MANY-SIGNING-KEYS",
    );
    const [first] = (await server.get(id)).previousSigningKeys as JsonObject[];
    const { next_end: nextEnd = "" } = (await sixth()).metadata;
    // The metadata has milliseconds, the target microseconds.
    expect(String(first?.expirationDate).startsWith(nextEnd.replace("Z", ""))).toBe(true);
    const dry = () => update({ id, expirationSigningKey: "100s", validateOnly: true });
    expect(await server.unchanged(id, dry)).toBe(
      "FAILED_PRECONDITION TARGETD-TOO-MANY-SIGNING-KEYS",
    );
    server.clock.pass(101);
    expect(shortly(await sixth())).toBe("OK");
    expect(shortly(await sixth())).toBe("FAILED_PRECONDITION TARGETD-TOO-MANY-SIGNING-KEYS");
    expect(shortly(await update({ id, expirationSigningKey: "0s" }))).toBe("OK");
    expect(await server.get(id)).not.toHaveProperty("previousSigningKeys");
  });

  test("a stale etag is ABORTED before anything else of the target is looked at", async () => {
    const id = await server.create();
    const taken = await server.create();
    const { name = "" } = await server.get(taken);
    const stale = [
      {},
      { timeout: "10s" },
      { name },
      { expirationSigningKey: "60s" },
      { validateOnly: true },
    ];
    for (const request of stale) {
      const call = () => update({ id, etag: "stale", ...request });
      expect(await server.unchanged(id, call)).toBe("ABORTED TARGETD-ETAG-MISMATCH");
    }
    const { etag = "" } = await server.get(id);
    await update({ id, timeout: "9s" });
    const call = () => update({ id, etag, timeout: "9s" });
    expect(await server.unchanged(id, call)).toBe("ABORTED TARGETD-ETAG-MISMATCH");
  });

  test.each([
    "x",
    "",
    "{}",
    "123e4567-e89b-12d3-a456-42661417400",
    "123e4567e89b12d3a456426614174000",
  ])("the request_id %j is no UUID", async (requestId) => {
    const id = await server.create();
    const wrong = "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT request_id";
    expect(await server.unchanged(id, () => update({ id, requestId }))).toBe(wrong);
    const create = { name: `n ${id}`, ...anyTarget, requestId };
    expect(shortly(await server.call("CreateTarget", create, door))).toBe(wrong);
  });

  test("a request_id with other content is INVALID_ARGUMENT", async () => {
    const id = await server.create();
    const other = await server.create();
    const requestId = crypto.randomUUID();
    const request = { id, requestId, timeout: "3s" };
    await update(request);
    for (const content of [
      { timeout: "4s" },
      { id: other },
      { etag: "x" },
      { ordered: false },
      { updateMask: "timeout" },
    ]) {
      const call = () => update({ ...request, ...content });
      expect(await server.unchanged(id, call)).toBe("INVALID_ARGUMENT TARGETD-REQUEST-ID-REUSED");
    }
    expect(shortly(await update(request))).toBe("OK replayed");
  });

  test("a request_id is looked up before the target and its etag, and after the validation", async () => {
    const id = await server.create();
    const { etag = "" } = await server.get(id);
    const request = { id, etag, requestId: crypto.randomUUID(), timeout: "3s" };
    const first = await update(request);
    await server.call("DeleteTarget", { id });
    const second = await update(request);
    expect([shortly(first), shortly(second)]).toEqual(["OK", "OK replayed"]);
    expect(second.message).toEqual(first.message);
    expect(shortly(await update({ ...request, timeout: "0s" }))).toBe(
      "INVALID_ARGUMENT COMMAND-08b39vdi57 timeout",
    );
    server.clock.pass(day + 1);
    expect(shortly(await update(request))).toBe("NOT_FOUND COMMAND-xj14f2cccn");
  });

  test("only successes are remembered, and validate_only is not", async () => {
    const id = await server.create();
    const requestId = crypto.randomUUID();
    expect(shortly(await update({ id, requestId, etag: "stale" }))).toBe(
      "ABORTED TARGETD-ETAG-MISMATCH",
    );
    expect(shortly(await update({ id, requestId, validateOnly: true, timeout: "3s" }))).toBe("OK");
    expect(shortly(await update({ id, requestId, timeout: "4s" }))).toBe("OK");
    expect(shortly(await update({ id, requestId, validateOnly: true, timeout: "5s" }))).toBe("OK");
    expect(await server.get(id)).toMatchObject({ timeout: "4s" });
  });

  test("two identical calls at once change the target once and get the same answer", async () => {
    const id = await server.create();
    const request = { id, requestId: crypto.randomUUID(), expirationSigningKey: "60s" };
    const twins = await Promise.all([update(request), update(request), update(request)]);
    expect(twins.map(shortly).sort()).toEqual(["OK", "OK replayed", "OK replayed"]);
    expect(new Set(twins.map(({ message }) => JSON.stringify(message))).size).toBe(1);
    const after = await server.get(id);
    expect(after.signingKey).toBe(twins[0]?.message.signingKey);
    expect(after.previousSigningKeys).toHaveLength(1);
  });

  test("two identical creations at once make one target", async () => {
    const name = `twin ${door}`;
    const request = { name, ...anyTarget, requestId: crypto.randomUUID() };
    const create = () => server.call("CreateTarget", request, door);
    const twins = await Promise.all([create(), create()]);
    expect(twins.map(shortly).sort()).toEqual(["OK", "OK replayed"]);
    expect(twins[0]?.message).toEqual(twins[1]?.message);
  });

  test("a target that was deleted since it was read is NOT_FOUND", async () => {
    const id = await server.create();
    const { etag = "" } = await server.get(id);
    await server.call("DeleteTarget", { id });
    for (const request of [
      { etag },
      { etag: "stale" },
      { expirationSigningKey: "0s" },
      {},
      { validateOnly: true },
    ]) {
      expect(shortly(await update({ id, ...request }))).toBe("NOT_FOUND COMMAND-xj14f2cccn");
    }
  });
});

test("one caller's request_id means nothing to another, nor to another method", async () => {
  const id = await server.create();
  const requestId = crypto.randomUUID();
  await server.call("UpdateTarget", { id, requestId, timeout: "3s" });
  const create = { name: "of another method", ...anyTarget, requestId };
  expect(shortly(await server.call("CreateTarget", create))).toBe("OK");
  const asStranger = { token: server.app.tokens.stranger };
  const outcome = await server.door("REST").call("CreateTarget", create, asStranger);
  expect(shortly(outcome)).toBe("OK");
});

test("a replay is marked through whatever door it comes", async () => {
  const id = await server.create();
  const request = { id, requestId: crypto.randomUUID(), timeout: "3s" };
  expect(shortly(await server.call("UpdateTarget", request, "gRPC by grpc-js"))).toBe("OK");
  expect(shortly(await server.call("UpdateTarget", request, "REST"))).toBe("OK replayed");
  expect(shortly(await server.call("UpdateTarget", request, "gRPC-Web"))).toBe("OK replayed");
});

test("an error has its HTTP status", async () => {
  const id = await server.create();
  const status = async (body: JsonObject, of = id) =>
    (await server.rest(restUpdate(of, JSON.stringify(body)))).status;
  expect(await status({ etag: "stale" })).toBe(409);
  expect(await status({}, "unknown")).toBe(404);
  expect(await status({ timeout: "0s" })).toBe(400);
  for (let count = 0; count < 5; count++) await status({ expirationSigningKey: "60s" });
  expect(await status({ expirationSigningKey: "60s" })).toBe(400);
});
