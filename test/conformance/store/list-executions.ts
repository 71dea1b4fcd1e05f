import { expect, test } from "vitest";
import { conditionId } from "../../../src/domain/condition.ts";
import { instanceId, micros, targetId } from "../../../src/domain/units.ts";
import type { ExecutionFilter, ExecutionQuery } from "../../../src/store/execution-store.ts";
import { allExecutions, listConditions, setList } from "./execution-fixtures.ts";
import { createAll, later, makeTarget, one, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const conditions = (...ids: string[]): ExecutionFilter => ({
  by: "conditions",
  ids: ids.map(conditionId),
});
const kind = (wanted: "request" | "response" | "function" | "event"): ExecutionFilter => ({
  by: "kind",
  kind: wanted,
});
const target = (id: string): ExecutionFilter => ({ by: "target", target: targetId(id) });

/** Conditions by id, and their lists. */
const lists: readonly [string, string][] = [
  ["event", "a"],
  ["event/user.*", "ab"],
  ["event/user.added", "b"],
  ["function/f", "c"],
  ["request", "abc"],
  ["request/s.S", "ca"],
  ["request/s.S/M", "b"],
  ["response", "c"],
  ["response/s.S/M", "a"],
];
const allIds = lists.map(([id]) => id);

export function listExecutionCases(context: SuiteContext): void {
  const create = () =>
    createAll(
      context.store,
      one,
      [..."abc"].map((name) => makeTarget(name)),
    );
  const fill = async () => {
    await create();
    for (const [id, targets] of lists) await setList(context.store, id, [...targets]);
    await setList(context.store, "event/unset", ["a"]);
    await setList(context.store, "event/unset", []);
  };

  test.each<[string, ExecutionFilter[], readonly string[]]>([
    ["none", [], allIds],
    ["no condition", [conditions()], []],
    [
      "conditions in any order, known or not, unset or not",
      [conditions("response", "x", "event/unset", "event", "response")],
      ["event", "response"],
    ],
    ["a condition that is longer by a NUL", [conditions("event\0")], []],
    ["the beginning of a condition", [conditions("event/user")], []],
    [
      "two sets of conditions",
      [conditions("event", "request"), conditions("request")],
      ["request"],
    ],
    ["requests", [kind("request")], ["request", "request/s.S", "request/s.S/M"]],
    ["responses", [kind("response")], ["response", "response/s.S/M"]],
    ["functions", [kind("function")], ["function/f"]],
    ["events", [kind("event")], ["event", "event/user.*", "event/user.added"]],
    ["two kinds", [kind("event"), kind("request")], []],
    ["a target", [target("c")], ["function/f", "request", "request/s.S", "response"]],
    ["an unknown target", [target("A")], []],
    ["two targets", [target("a"), target("c")], ["request", "request/s.S"]],
    ["a target and a kind", [target("b"), kind("event")], ["event/user.*", "event/user.added"]],
    [
      "all at once",
      [conditions("request", "event", "response"), kind("request"), target("b")],
      ["request"],
    ],
  ])("filters are ANDed: %s", async (_what, filters, expected) => {
    await fill();
    expect(await listConditions(context.store, { filters })).toEqual(expected);
    const { total } = await context.store.listExecutions(one, { ...allExecutions, filters });
    expect(total).toBe(expected.length);
  });

  test("entries are whole, with their lists in call order", async () => {
    await fill();
    await setList(context.store, "request", ["c", "a"], { at: later(7) });
    const filters = [kind("request")];
    const { items } = await context.store.listExecutions(one, { ...allExecutions, filters });
    expect(items[0]).toEqual({
      id: "request",
      createdAt: later(0),
      changedAt: later(7),
      targets: ["c", "a"],
    });
  });

  test("conditions sort by UTF-8 bytes", async () => {
    await create();
    const names = ["\u{1f3af}", "b", "\uffee", "C", "a", "é", "e\u0301", "aa", "a.*", "Z"];
    const ids = names.map((name) => `event/${name}`);
    for (const id of ids) await setList(context.store, id, ["a"]);
    const sorted = ids.toSorted((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(await listConditions(context.store)).toEqual(sorted);
    expect(await listConditions(context.store, { ascending: false })).toEqual(sorted.reverse());
  });

  /** Per column the functions in ascending order; c and d are equal in both columns. */
  test.each<[ExecutionQuery["sort"], string]>([
    ["id", "abcd"],
    ["createdAt", "bcda"],
    ["changedAt", "acdb"],
  ])("sorts by %s in both directions with ties by id", async (sort, ascending) => {
    await create();
    const set = (name: string, at: number) =>
      setList(context.store, `function/${name}`, ["a"], { at: later(at) });
    for (const [name, at] of [
      ["d", 2],
      ["c", 2],
      ["b", 1],
      ["a", 3],
    ] as const)
      await set(name, at);
    for (const [name, at] of [
      ["a", 4],
      ["c", 5],
      ["d", 5],
      ["b", 6],
    ] as const)
      await set(name, at);
    const names = async (query: Partial<ExecutionQuery>) =>
      (await listConditions(context.store, query)).map((id) => id.at(-1)).join("");
    expect(await names({ sort })).toBe(ascending);
    expect(await names({ sort, ascending: false })).toBe([...ascending].reverse().join(""));
  });

  test.each([
    [0, 2, [0, 2]],
    [7, 5, [7, 9]],
    [9, 1, [9, 9]],
    [1_000_000, 1, [9, 9]],
    [2 ** 63, 1, [9, 9]],
    [0, 1000, [0, 9]],
  ])("offset %d and limit %d cut a page and the total counts all", async (offset, limit, cut) => {
    await fill();
    for (const sort of ["id", "createdAt", "changedAt"] as const) {
      const query = { ...allExecutions, sort, offset, limit };
      const { items, total } = await context.store.listExecutions(one, query);
      expect([total, items.length]).toEqual([9, (cut[1] ?? 0) - (cut[0] ?? 0)]);
      if (sort === "id") expect(items.map(({ id }) => id)).toEqual(allIds.slice(...cut));
    }
  });

  test("the total without filters leaves out lists that are empty by now", async () => {
    await fill();
    const total = async () =>
      (await context.store.listExecutions(one, { ...allExecutions, limit: 1 })).total;
    await setList(context.store, "event", []);
    await setList(context.store, "event", []);
    await setList(context.store, "request", ["b", "a"]);
    expect(await total()).toBe(8);
    await setList(context.store, "event", ["a"]);
    expect(await total()).toBe(9);
  });

  test("a deletion changes what is listed for the other targets", async () => {
    await fill();
    await context.store.deleteTarget(one, targetId("a"), () => undefined, {
      author: "",
      at: micros(later(1)),
    });
    expect(await listConditions(context.store, { filters: [target("a")] })).toEqual([]);
    const left = allIds.filter((id) => id !== "event" && id !== "response/s.S/M");
    expect(await listConditions(context.store)).toEqual(left);
  });

  test("no call lists what another instance has", async () => {
    await fill();
    await createAll(context.store, two, [makeTarget("a")]);
    for (const instance of [two, instanceId("none")]) {
      for (const filters of [[], [conditions("request")], [kind("request")], [target("a")]]) {
        const query = { ...allExecutions, filters };
        const none = { items: [], total: 0 };
        expect(await context.store.listExecutions(instance, query)).toEqual(none);
      }
    }
  });
}
