import type { JsonObject } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";

const server = useServer();

/** Calls with another token than the owner's. */
const as = (token: "viewer" | "stranger") => (method: string, request: JsonObject) =>
  server.door("REST").call(method, request, { token: server.app.tokens[token] });

const byId = (...targetIds: string[]) => ({ filters: [{ inTargetIdsFilter: { targetIds } }] });

test("a new target reads back as it was created, with everything the server adds", async () => {
  const created = await server.call("CreateTarget", { name: "complete", ...anyTarget });
  const { id, creationDate, signingKey } = created.message;
  expect(Object.keys(created.message).sort()).toEqual(["creationDate", "id", "signingKey"]);
  expect(id).toMatch(/^[\w-]+$/);
  expect(signingKey).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(await server.get(String(id))).toEqual({
    ...{ id, name: "complete", creationDate, changeDate: creationDate, signingKey, ...anyTarget },
    ...{ payloadType: "PAYLOAD_TYPE_JSON", disabled: false, ordered: false },
    etag: expect.stringMatching(/^\w+$/),
    signingKeyId: expect.stringMatching(/./),
  });
});

test("ids sort by creation", async () => {
  const ids = [await server.create(), await server.create(), await server.create()];
  expect(ids.toSorted()).toEqual(ids);
});

test("only callers that may write see the signing key", async () => {
  const id = await server.create();
  const { signingKey, ...rest } = await server.get(id);
  expect(signingKey).toMatch(/^whsec_/);
  const got = await as("viewer")("GetTarget", { id });
  expect(got.message).toEqual({ target: rest });
  const listed = await as("viewer")("ListTargets", byId(id));
  expect(listed.message.targets).toEqual([rest]);
  const owned = await server.call("ListTargets", byId(id));
  expect(owned.message.targets).toEqual([{ ...rest, signingKey }]);
});

test("an update answers the target after it, without its key", async () => {
  const id = await server.create();
  const answer = await server.call("UpdateTarget", { id, timeout: "3s" });
  const { signingKey: _, ...target } = await server.get(id);
  expect(answer.message).toEqual({ changeDate: target.changeDate, target });
  const rotated = await server.call("UpdateTarget", { id, expirationSigningKey: "60s" });
  const { signingKey, ...after } = await server.get(id);
  expect(rotated.message).toEqual({ changeDate: after.changeDate, signingKey, target: after });
});

test("change_date and etag move with every real change and with nothing else", async () => {
  const id = await server.create();
  const seen: JsonObject[] = [await server.get(id)];
  const changes = [{ timeout: "3s" }, { timeout: "4s" }, { expirationSigningKey: "100s" }];
  for (const change of changes) {
    await server.call("UpdateTarget", { id, ...change });
    seen.push(await server.get(id));
  }
  const dates = seen.map(({ changeDate }) => String(changeDate));
  expect(dates.toSorted()).toEqual(dates);
  expect(new Set(dates).size).toBe(4);
  expect(new Set(seen.map(({ etag }) => etag)).size).toBe(4);
  const { etag, changeDate } = seen.at(-1) ?? {};
  for (const none of [{}, { timeout: "4s" }, { ...anyTarget, timeout: "4s" }]) {
    const { message } = await server.call("UpdateTarget", { id, ...none });
    expect(message).toMatchObject({ changeDate, target: { etag, changeDate } });
  }
});

test("a key whose grace period has passed is gone, and the etag stays", async () => {
  const id = await server.create();
  const { signingKeyId: first } = await server.get(id);
  await server.call("UpdateTarget", { id, expirationSigningKey: "100s" });
  const { signingKeyId: second } = await server.get(id);
  await server.call("UpdateTarget", { id, expirationSigningKey: "300s" });
  const before = await server.get(id);
  expect(before.previousSigningKeys).toMatchObject([{ keyId: first }, { keyId: second }]);
  server.clock.pass(101);
  const between = await server.get(id);
  expect(between.previousSigningKeys).toMatchObject([{ keyId: second }]);
  expect(between.etag).toBe(before.etag);
  const listed = await server.call("ListTargets", byId(id));
  expect(listed.message.targets).toEqual([between]);
  server.clock.pass(200);
  const after = await server.get(id);
  expect(after).not.toHaveProperty("previousSigningKeys");
  expect([after.etag, after.changeDate]).toEqual([before.etag, before.changeDate]);
});

test("a rotation without grace ends every earlier key", async () => {
  const id = await server.create();
  await server.call("UpdateTarget", { id, expirationSigningKey: "100s" });
  const { previousSigningKeys: ended } = await server.get(id);
  expect(ended).toHaveLength(1);
  await server.call("UpdateTarget", { id, expirationSigningKey: "0s" });
  expect(await server.get(id)).not.toHaveProperty("previousSigningKeys");
});

test("validate_only answers what would be and writes nothing", async () => {
  const id = await server.create();
  const { signingKey: _, ...before } = await server.get(id);
  const change = { timeout: "3s", expirationSigningKey: "60s", validateOnly: true };
  for (const door of twoDoors) {
    const call = () => server.call("UpdateTarget", { id, ...change }, door);
    expect(await server.unchanged(id, call)).toBe("OK");
    const { message } = await call();
    const { changeDate } = before;
    expect(message).toEqual({ changeDate, target: { ...before, timeout: "3s" } });
  }
  const create = { name: "never", ...anyTarget, validateOnly: true };
  expect((await server.call("CreateTarget", create)).message).toEqual({});
  const never = { targetNameFilter: { targetName: "never" } };
  const listed = await server.call("ListTargets", { filters: [never] });
  expect(listed.message.pagination).toEqual({ appliedLimit: "100" });
});

test("deleting frees the name and says the same date again", async () => {
  const id = await server.create({ name: "freed" });
  const first = await server.call("DeleteTarget", { id });
  expect(first.message).toHaveProperty("deletionDate");
  const again = await server.create({ name: "freed" });
  expect(again).not.toBe(id);
  for (const door of twoDoors) {
    const second = await server.call("DeleteTarget", { id, etag: "any" }, door);
    expect([shortly(second), second.message]).toEqual(["OK", first.message]);
    const unknown = await server.call("DeleteTarget", { id: "unknown", etag: "any" }, door);
    expect([shortly(unknown), unknown.message]).toEqual(["OK", {}]);
  }
  expect(await server.get(again)).toMatchObject({ name: "freed" });
  const listed = await server.call("ListTargets", byId(id));
  expect(listed.message).not.toHaveProperty("targets");
});

test("instances know nothing of each other", async () => {
  const id = await server.create({ name: "shared name" });
  const foreign = as("stranger");
  expect(shortly(await foreign("GetTarget", { id }))).toBe("NOT_FOUND QUERY-hj5oaniyrz");
  expect(shortly(await foreign("UpdateTarget", { id }))).toBe("NOT_FOUND COMMAND-xj14f2cccn");
  const deleted = () => foreign("DeleteTarget", { id });
  expect(await server.unchanged(id, deleted)).toBe("OK");
  expect((await deleted()).message).toEqual({});
  const created = await foreign("CreateTarget", { name: "shared name", ...anyTarget });
  expect(shortly(created)).toBe("OK");
  const own = await foreign("ListTargets", {});
  expect(own.message).toMatchObject({
    pagination: { totalResult: "1" },
    targets: [{ name: "shared name" }],
  });
  const foreignId = String(created.message.id);
  expect(shortly(await server.call("GetTarget", { id: foreignId }))).toBe(
    "NOT_FOUND QUERY-hj5oaniyrz",
  );
});

test("no secret is in an answer that is not meant to hold it, and none in the log", async () => {
  const value = `value-${crypto.randomUUID()}`;
  const requestId = crypto.randomUUID();
  const create = { name: "secretive", ...anyTarget, headers: { "x-key": value }, requestId };
  const { message } = await server.call("CreateTarget", create);
  const id = String(message.id);
  const rotated = await server.call("UpdateTarget", { id, expirationSigningKey: "60s" });
  const keys = [message.signingKey, rotated.message.signingKey].map(String);
  expect(keys.every((key) => key.startsWith("whsec_"))).toBe(true);
  const silent = await Promise.all([
    as("viewer")("GetTarget", { id }),
    as("viewer")("ListTargets", {}),
    server.call("UpdateTarget", { id, timeout: "3s" }),
    server.call("UpdateTarget", { id, expirationSigningKey: "1s", validateOnly: true }),
    server.call("UpdateTarget", { id, name: String(keys[0]), etag: "stale" }),
    server.call("CreateTarget", create),
    server.call("CreateTarget", { ...create, headers: { "x-key": `${value}\n` } }),
    server.call("DeleteTarget", { id: "unknown" }),
  ]);
  const replay = silent.splice(5, 1);
  expect(replay.map(shortly)).toEqual(["OK replayed"]);
  expect(replay[0]?.message).toEqual(message);
  for (const { text, message: answer, metadata } of silent) {
    expect(JSON.stringify([text, answer, metadata])).not.toMatch(/whsec_|value-/);
  }
  const logged = server.app.logged.join("");
  for (const secret of [value, ...keys, ...Object.values(server.app.tokens)]) {
    expect(logged).not.toContain(secret);
  }
});
