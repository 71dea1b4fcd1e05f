import { expect, test } from "vitest";
import type { NameFilter, TargetFilter, TargetSort } from "../../../src/domain/target-query.ts";
import { micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import {
  allTargets,
  by,
  createAll,
  later,
  listIds,
  makeTarget,
  one,
  setting,
  start,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const name = (match: NameFilter["match"], text: string, ignoreCase = false): TargetFilter => ({
  kind: "name",
  match,
  text,
  ignoreCase,
});
const ids = (...wanted: string[]): TargetFilter => ({ kind: "ids", ids: wanted });

/** Ids and names; the ids sort like this. */
const named: readonly [string, string][] = [
  ["a", "100%"],
  ["b", "100 percent"],
  ["c", "snake_case"],
  ["d", "snakeXcase"],
  ["e", "back\\slash"],
  ["f", "Straße"],
  ["g", "STRASSE"],
  ["h", "\u{1f3af}target"],
  ["i", "target\u{1f3af}"],
  ["j", "Target"],
  ["k", "caf\u00e9"],
  ["l", "quote'\"?"],
  ["m", "\uffeeend"],
];

const nameCases: readonly [TargetFilter, string][] = [
  [name("equals", "Target"), "j"],
  [name("equals", "target"), ""],
  [name("equals", "tARGET", true), "j"],
  [name("equals", "CAFE\u0301", true), "k"],
  [name("equals", "cafe\u0301"), ""],
  [name("equals", ""), ""],
  [name("equals", "%"), ""],
  [name("startsWith", "100%"), "a"],
  [name("startsWith", "100"), "ab"],
  [name("startsWith", "snake_"), "c"],
  [name("startsWith", "SNAKE_", true), "c"],
  [name("startsWith", "stra", true), "fg"],
  [name("startsWith", "\u{1f3af}"), "h"],
  [name("startsWith", "\uffee"), "m"],
  [name("startsWith", ""), "abcdefghijklm"],
  [name("startsWith", "Target\0"), ""],
  [name("contains", "%"), "a"],
  [name("contains", "_"), "c"],
  [name("contains", "\\"), "e"],
  [name("contains", "'\"?"), "l"],
  [name("contains", "\u{1f3af}"), "hi"],
  [name("contains", "\0"), ""],
  [name("contains", "arget\0"), ""],
  [name("contains", "target"), "hi"],
  [name("contains", "target", true), "hij"],
  [name("contains", "SSE", true), "g"],
  [name("contains", "ß"), "f"],
  [name("contains", ""), "abcdefghijklm"],
  [name("endsWith", "%"), "a"],
  [name("endsWith", "_case"), "c"],
  [name("endsWith", "\\slash"), "e"],
  [name("endsWith", "\u{1f3af}"), "i"],
  [name("endsWith", "GET", true), "hj"],
  [name("endsWith", "Target and more"), ""],
  [name("endsWith", "\0"), ""],
  [name("endsWith", ""), "abcdefghijklm"],
];

export function listCases(context: SuiteContext): void {
  const createNamed = () =>
    createAll(
      context.store,
      one,
      named.map(([id, text]) => makeTarget(id, { name: text })),
    );

  test("name filters take every character for itself", async () => {
    await createNamed();
    for (const [filter, expected] of nameCases) {
      const found = await listIds(context.store, { filters: [filter] });
      expect([filter, found.join("")]).toEqual([filter, expected]);
    }
  });

  test.each<[string, TargetFilter[], string]>([
    ["no id", [ids()], ""],
    ["ids in any order, known or not", [ids("c", "zz", "a", "c")], "ac"],
    ["an id that is longer by a NUL", [ids("a\0")], ""],
    ["an id in JSON characters", [ids('"a"', "a\\")], ""],
    ["two id filters", [ids("a", "b", "c"), ids("b", "c", "d")], "bc"],
    ["ids and a name", [ids("a", "b", "c"), name("startsWith", "100")], "ab"],
    ["two names", [name("contains", "1"), name("endsWith", "percent")], "b"],
    ["what nothing matches", [name("contains", "1"), name("contains", "2")], ""],
  ])("filters are ANDed: %s", async (_what, filters, expected) => {
    await createNamed();
    expect((await listIds(context.store, { filters })).join("")).toBe(expected);
  });

  test("names sort by UTF-8 bytes", async () => {
    const names = ["\u{1f3af}", "b", "\uffee", "C", "a", "é", "e\u0302\u0301", "aa", "Z", "\ud7ff"];
    await createAll(
      context.store,
      one,
      names.map((text) => makeTarget(text)),
    );
    const sorted = [...names].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await listIds(context.store, { sort: "name" })).toEqual(sorted);
    expect(await listIds(context.store, { sort: "id" })).toEqual(sorted);
  });

  /** Per column the ids in ascending order; c and d are equal in every column but id and name. */
  test.each<[TargetSort, string]>([
    ["id", "abcd"],
    ["createdAt", "bcda"],
    ["changedAt", "acdb"],
    ["name", "bacd"],
    ["type", "bcda"],
    ["endpoint", "acdb"],
    ["timeout", "cdab"],
    ["interruptOnError", "acdb"],
  ])("sorts by %s in both directions with ties by id", async (sort, ascending) => {
    const equal = {
      endpoint: "https://e/m",
      timeout: nanoseconds(1),
      type: { kind: "restCall", interruptOnError: false },
    } as const;
    const times = { createdAt: later(2), changedAt: later(3) };
    await createAll(context.store, one, [
      makeTarget("d", { ...equal, name: "nd" }, times),
      makeTarget("c", { ...equal, name: "nc" }, times),
      makeTarget(
        "b",
        {
          name: "Nb",
          endpoint: "https://e/z",
          timeout: nanoseconds(10_000_000_000),
          type: { kind: "restWebhook", interruptOnError: true },
        },
        { createdAt: later(1), changedAt: micros(later(3) + 1) },
      ),
      makeTarget(
        "a",
        {
          name: "na",
          endpoint: "https://e/M",
          timeout: nanoseconds(9_000_000_000),
          type: { kind: "restAsync", interruptOnError: false },
        },
        { createdAt: later(3), changedAt: later(1) },
      ),
    ]);
    const backwards = [...ascending].reverse().join("");
    expect((await listIds(context.store, { sort, ascending: true })).join("")).toBe(ascending);
    expect((await listIds(context.store, { sort, ascending: false })).join("")).toBe(backwards);
  });

  test.each([
    [0, 2, "ab"],
    [2, 2, "cd"],
    [4, 2, "e"],
    [5, 2, ""],
    [1_000_000, 1, ""],
    [2 ** 63, 1, ""],
    [0, 1000, "abcde"],
  ])("offset %d and limit %d cut a page and the total counts all", async (offset, limit, page) => {
    await createAll(
      context.store,
      one,
      [..."abcdefgh"].map((id) => makeTarget(id)),
    );
    const filters = [ids(..."abcde")];
    const query = { ...allTargets, filters, offset, limit };
    const { items, total } = await context.store.listTargets(one, query, start);
    expect(items.map(({ id }) => id).join("")).toBe(page);
    expect(total).toBe(5);
  });

  test("the total without filters is that of what is there, however that came about", async () => {
    const { store } = context;
    const total = async (filters: TargetFilter[] = []) =>
      (await store.listTargets(one, { ...allTargets, filters, limit: 1 }, start)).total;
    expect(await total()).toBe(0);
    await createAll(
      store,
      one,
      [..."abcd"].map((id) => makeTarget(id)),
    );
    await createAll(store, two, [makeTarget("a")]);
    await expect(store.createTarget(one, makeTarget("e", { name: "a" }), by)).rejects.toThrow();
    await store.updateTarget(one, targetId("a"), setting({ name: "new" }), by);
    expect(await total()).toBe(4);
    await store.deleteTarget(one, targetId("b"), () => undefined, by);
    await store.deleteTarget(one, targetId("b"), () => undefined, by);
    expect([await total(), await total([name("startsWith", "")])]).toEqual([3, 3]);
  });

  test("lists whole targets without expired keys", async () => {
    const previousKeys = [
      { id: "p1", secret: "whsec_p1", expiresAt: later(1) },
      { id: "p2", secret: "whsec_p2", expiresAt: later(2) },
    ];
    const full = makeTarget("t", { headers: new Map([["a", "b"]]) }, { previousKeys });
    await context.store.createTarget(one, full, by);
    const at = async (now: typeof start) =>
      (await context.store.listTargets(one, allTargets, now)).items;
    expect(await at(start)).toEqual([full]);
    expect(await at(later(1))).toEqual([{ ...full, previousKeys: previousKeys.slice(1) }]);
  });
}
