import { expect, test } from "vitest";
import { type InstanceId, instanceId, micros } from "../../../src/domain/units.ts";
import type { TokenRecord, TokenStore } from "../../../src/store/token-store.ts";
import {
  by,
  changesOf,
  fingerprint,
  later,
  makeToken,
  minute,
  one,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

type RevocationCheck = Parameters<TokenStore["revokeToken"]>[2];

const accept = () => undefined;
const refuse = () => {
  throw new Error("refused");
};
const all = { offset: 0, limit: 100, ascending: false };
const ids = (tokens: readonly TokenRecord[]) => tokens.map(({ id }) => id);

export function tokenCases(context: SuiteContext): void {
  const create = (text: string, parts: Partial<TokenRecord> = {}) =>
    context.store.createToken(makeToken(text, parts), by);
  const find = (text: string) => context.store.findToken(fingerprint(text));
  const revoke = (id: string, check: RevocationCheck, minutes = 1) =>
    context.store.revokeToken(one, id, check, { author: "token:boss", at: later(minutes) });

  test.each<[string, Partial<TokenRecord>]>([
    ["plain", {}],
    ["of another instance", { instance: two }],
    ["with an end", { expiresAt: later(1) }],
    ["that has expired", { expiresAt: start }],
    ["that was revoked", { revokedAt: micros(start + 1) }],
    ["that was used", { lastUsedAt: micros(start + 1) }],
    ["with permissions", { roles: [], permissions: ["action.target.read", 'x,"y"'] }],
    ["with any description", { description: "\u{1f511} '; DROP TABLE tokens; --" }],
  ])("finds a token by its hash: %s", async (_what, parts) => {
    const record = makeToken("secret", parts);
    await context.store.createToken(record, by);
    await create("other");
    expect(await find("secret")).toEqual(record);
  });

  test("an unknown hash finds nothing", async () => {
    await create("secret");
    expect(await find("Secret")).toBeUndefined();
    expect(await context.store.findToken(new Uint8Array())).toBeUndefined();
  });

  test.each<[string, Partial<TokenRecord>]>([
    ["hash", { hash: fingerprint("secret"), instance: two }],
    ["id", { id: "id of secret", instance: two }],
  ])("a token whose %s exists is refused and the first one stays", async (_what, parts) => {
    await create("secret");
    await expect(create("twin", parts)).rejects.toEqual(storeError("broken"));
    expect(await find("secret")).toEqual(makeToken("secret"));
    expect(await changesOf(context.store, two)).toHaveLength(1);
  });

  test("a token of an instance that does not exist is refused", async () => {
    const none = instanceId("none");
    await expect(create("a", { instance: none })).rejects.toEqual(storeError("not-found"));
    expect(await find("a")).toBeUndefined();
    expect(await changesOf(context.store, none)).toEqual([]);
  });

  test.each<[string, Partial<TokenRecord>, unknown]>([
    ["without an end", {}, null],
    ["with an end", { expiresAt: micros(Date.UTC(2030, 0, 1) * 1000) }, "2030-01-01T00:00:00.000Z"],
  ])("creating a token %s leaves a change in its instance", async (_what, parts, expires) => {
    await create("a", { instance: two, permissions: ["x.read"], ...parts });
    const fields = [
      { field: "roles", old: null, new: ["IAM_OWNER"] },
      { field: "permissions", old: null, new: ["x.read"] },
      { field: "expiration_date", old: null, new: expires },
    ];
    expect(await changesOf(context.store, two, { resourceId: "id of a" })).toEqual([
      { ...by, resourceType: "token", resourceId: "id of a", action: "created", fields },
    ]);
    expect(await changesOf(context.store, one, { resourceType: "token" })).toEqual([]);
  });

  test("a limit counts the tokens of the instance that are live, the new one included", async () => {
    const ended: readonly Partial<TokenRecord>[] = [
      ...[{ expiresAt: start }, { revokedAt: start }],
      { revokedAt: start, expiresAt: later(9) },
    ];
    for (const [index, parts] of ended.entries()) await create(`ended ${index}`, parts);
    await create("permanent");
    await create("young", { expiresAt: micros(start + 1) });
    const add = (text: string, maxLive: number, parts: Partial<TokenRecord> = {}) =>
      context.store.createToken(makeToken(text, parts), { ...by, maxLive });
    await expect(add("a", 2)).rejects.toEqual(storeError("too-many-tokens"));
    expect(await find("a")).toBeUndefined();
    expect(await changesOf(context.store, one, { resourceId: "id of a" })).toEqual([]);
    // The other instance has its first token.
    await add("theirs", 2, { instance: two });
    await add("a", 3);
    await expect(add("b", 3, { expiresAt: later(1) })).rejects.toEqual(
      storeError("too-many-tokens"),
    );
    await revoke("id of a", accept);
    await add("b", 3, { expiresAt: later(1) });
    const none = { instance: instanceId("none") };
    await expect(add("c", 0, none)).rejects.toEqual(storeError("not-found"));
  });

  test("of two creations at once that leave room for one, one is refused", async () => {
    const results = await Promise.allSettled(
      ["a", "b"].map((text) => context.store.createToken(makeToken(text), { ...by, maxLive: 1 })),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test("lists the tokens of one instance by age, ties by id, in both directions", async () => {
    const times: readonly [string, number][] = [
      ["b", 2],
      ["a", 2],
      ["d", 3],
      ["c", 1],
    ];
    for (const [text, minutes] of times) await create(text, { createdAt: later(minutes) });
    await create("theirs", { instance: two });
    const list = async (ascending: boolean) =>
      ids((await context.store.listTokens(one, { ...all, ascending })).items);
    const oldestFirst = ["c", "a", "b", "d"].map((text) => `id of ${text}`);
    expect(await list(true)).toEqual(oldestFirst);
    expect(await list(false)).toEqual(oldestFirst.reverse());
  });

  test("lists whole tokens, revoked and expired ones too", async () => {
    const tokens = [
      makeToken("c", { createdAt: later(3), expiresAt: start, permissions: ["p"] }),
      makeToken("b", { createdAt: later(2), revokedAt: later(4), lastUsedAt: later(3) }),
      makeToken("a", { createdAt: later(1), roles: [] }),
    ];
    for (const token of tokens) await context.store.createToken(token, by);
    expect(await context.store.listTokens(one, all)).toEqual({ items: tokens, total: 3 });
  });

  test.each([
    [0, 2, "ab"],
    [2, 2, "c"],
    [3, 1, ""],
    [2 ** 63, 1, ""],
  ])("offset %d and limit %d cut a page and the total counts all", async (offset, limit, page) => {
    for (const text of "abc") await create(text, { id: text });
    const query = { offset, limit, ascending: true };
    const { items, total } = await context.store.listTokens(one, query);
    expect([ids(items).join(""), total]).toEqual([page, 3]);
  });

  test("a revoked token is found as revoked, and nothing else of it changed", async () => {
    await create("a", { permissions: ["p"], expiresAt: later(9) });
    expect(await revoke("id of a", accept)).toBe(later(1));
    const revoked = { permissions: ["p"], expiresAt: later(9), revokedAt: later(1) };
    expect(await find("a")).toEqual(makeToken("a", revoked));
    expect((await changesOf(context.store, one, { author: "token:boss" }))[0]).toEqual({
      author: "token:boss",
      at: later(1),
      resourceType: "token",
      resourceId: "id of a",
      action: "revoked",
      fields: [],
    });
  });

  test("what was found before is found as it is now", async () => {
    await create("a");
    await create("theirs", { instance: two });
    for (const text of ["a", "theirs"]) expect(await find(text)).toBeDefined();
    await revoke("id of a", accept);
    expect((await find("a"))?.revokedAt).toBe(later(1));
    expect(await find("theirs")).toBeDefined();
    await context.store.deleteInstance(two, by);
    expect(await find("theirs")).toBeUndefined();
  });

  test("revoking again yields the first time, does not ask and leaves no change", async () => {
    await create("a");
    await revoke("id of a", accept);
    expect(await revoke("id of a", refuse, 2)).toBe(later(1));
    expect(await changesOf(context.store, one, { resourceId: "id of a" })).toHaveLength(2);
  });

  test.each<[string, Partial<TokenRecord>, string]>([
    ["without an end, which is among them", {}, "ac"],
    ["with an end, which is not", { expiresAt: later(9) }, "c"],
    ["that has expired", { expiresAt: start }, "c"],
  ])("the check sees the permanent tokens and a token %s", async (_what, parts, expected) => {
    await create("a", parts);
    for (const text of ["b", "c"]) await create(text);
    await create("old", { expiresAt: start });
    await create("young", { expiresAt: later(9) });
    await create("theirs", { instance: two });
    await revoke("id of b", accept);
    const seen: (readonly [TokenRecord, readonly TokenRecord[]])[] = [];
    await revoke("id of a", (token, permanent) => void seen.push([token, permanent]));
    const permanent = [...expected].map((text) => makeToken(text));
    expect(seen).toEqual([[makeToken("a", parts), permanent]]);
  });

  test("what the check throws rejects and nothing is revoked", async () => {
    await create("a");
    await expect(revoke("id of a", refuse)).rejects.toThrow("refused");
    expect(await find("a")).toEqual(makeToken("a"));
    expect(await changesOf(context.store, one, { resourceId: "id of a" })).toHaveLength(1);
  });

  test("of two revocations at once that may leave one, one is refused", async () => {
    for (const text of ["a", "b"]) await create(text);
    const notTheLast: RevocationCheck = (_token, permanent) => {
      if (permanent.length < 2) throw new Error("the last one");
    };
    const results = await Promise.allSettled(
      ["a", "b"].map((text) => revoke(`id of ${text}`, notTheLast)),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  test.each<[string, InstanceId, string]>([
    ["unknown", one, "id of nothing"],
    ["of another instance", two, "id of a"],
    ["of an instance that does not exist", instanceId("none"), "id of a"],
  ])("a token that is %s is not found by a revocation", async (_what, instance, id) => {
    await create("a");
    await expect(context.store.revokeToken(instance, id, refuse, by)).rejects.toEqual(
      storeError("not-found"),
    );
    expect(await find("a")).toEqual(makeToken("a"));
  });

  test("notes last uses, never back, without unknown ids and without a change", async () => {
    for (const text of ["a", "b", "c"]) await create(text);
    await create("theirs", { instance: two });
    const before = (await changesOf(context.store, one)).length;
    const uses = (entries: readonly [string, number][]) =>
      context.store.touchTokens(new Map(entries.map(([id, m]) => [`id of ${id}`, later(m)])));
    await uses([
      ["a", 5],
      ["b", 5],
      ["theirs", 5],
      ["nobody", 5],
    ]);
    await uses([
      ["a", 4],
      ["b", 6],
    ]);
    await context.store.touchTokens(new Map());
    const lastUse = async (text: string) => ((await find(text))?.lastUsedAt ?? start) - start;
    const minutes = await Promise.all(["a", "b", "c", "theirs"].map(lastUse));
    expect(minutes).toEqual([5, 6, 0, 5].map((count) => count * minute));
    expect(await changesOf(context.store, one)).toHaveLength(before);
  });

  test("uses that come into the map after the call are not noted by it", async () => {
    await create("a");
    const uses = new Map([["id of a", later(1)]]);
    const noted = context.store.touchTokens(uses);
    uses.clear();
    await noted;
    expect((await find("a"))?.lastUsedAt).toBe(later(1));
  });
}
