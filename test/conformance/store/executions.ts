import { expect, test } from "vitest";
import { conditionId } from "../../../src/domain/condition.ts";
import type { Execution } from "../../../src/domain/execution.ts";
import { instanceId, micros, targetId } from "../../../src/domain/units.ts";
import {
  findIds,
  listConditions,
  listing,
  readExecution,
  request,
  setList,
} from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  createAll,
  later,
  makeTarget,
  one,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const asked = () => {
  throw new Error("asked");
};
const accept = () => undefined;

export function executionCases(context: SuiteContext): void {
  const create = (names: string, instance = one) =>
    createAll(
      context.store,
      instance,
      [...names].map((name) => makeTarget(name)),
    );
  const read = (id: string = request, instance = one) => readExecution(context.store, id, instance);
  const changes = (id: string = request, instance = one) =>
    changesOf(context.store, instance, { resourceType: "execution", resourceId: id });
  const deleteTarget = (name: string, at = later(9)) =>
    context.store.deleteTarget(one, targetId(name), accept, { author: "token:ann", at });

  test("a list keeps its order, is replaced as a whole and unset", async () => {
    await create("abc");
    const set = await setList(context.store, request, ["b", "c", "a"]);
    const dates = { createdAt: start, changedAt: start };
    expect(set).toEqual({ id: request, ...dates, targets: ["b", "c", "a"] });
    expect(await read()).toEqual(set);
    await setList(context.store, request, ["a", "b"], { at: later(1) });
    expect(await read()).toEqual({ ...set, changedAt: later(1), targets: ["a", "b"] });
    await setList(context.store, request, [], { at: later(2) });
    expect(await read()).toEqual({ ...set, changedAt: later(2), targets: [] });
    expect(await listConditions(context.store)).toEqual([]);
    await setList(context.store, request, ["c"], { at: later(3) });
    expect(await read()).toEqual({ ...set, changedAt: later(3), targets: ["c"] });
  });

  test("the longest list keeps its order", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `${(index * 7) % 50}`);
    await createAll(
      context.store,
      one,
      names.map((name) => makeTarget(name)),
    );
    await setList(context.store, request, names);
    expect((await read())?.targets).toEqual(names);
    expect(await findIds(context.store, [request])).toEqual(names);
  });

  test("each change has an entry with its date, the first one is a creation", async () => {
    await create("ab");
    const options = { author: "jwt:ann", at: later(1) };
    const first = listing(request, ["a"], later(1));
    await context.store.setExecution(one, request, [targetId("a")], first, options);
    // The entry has the date of the change that shows, not that of the write.
    const second = listing(request, [], later(0));
    await context.store.setExecution(one, request, [], second, { ...by, at: later(0) });
    const ofRequest = { resourceType: "execution", resourceId: request } as const;
    expect(await changes()).toEqual([
      {
        ...ofRequest,
        author: by.author,
        at: micros(later(1) + 1),
        action: "changed",
        fields: [{ field: "targets", old: ["a"], new: [] }],
      },
      {
        ...ofRequest,
        ...options,
        action: "created",
        fields: [{ field: "targets", old: [], new: ["a"] }],
      },
    ]);
  });

  test("the current object writes nothing, and neither does nothing at all", async () => {
    await create("a");
    expect(await read()).toBeUndefined();
    const set = await setList(context.store, request, ["a"]);
    const keep = (current: Execution | undefined) => ({
      next: current,
      fields: [{ field: "f", old: 1, new: 2 }],
    });
    const outcome = await context.store.setExecution(one, request, [], keep, {
      ...by,
      at: later(1),
    });
    expect(outcome.next).toEqual(set);
    expect(await changes()).toHaveLength(1);
  });

  test("resolves with what the change returned", async () => {
    await create("a");
    const outcome = { ...listing(request, ["a"])(undefined), more: "more" };
    const set = context.store.setExecution(one, request, [targetId("a")], () => outcome, by);
    expect(await set).toBe(outcome);
  });

  test("the change is told which of the wanted targets are none", async () => {
    await create("abd");
    await create("c", two);
    await deleteTarget("d");
    const seen: unknown[] = [];
    const refuse = (...parameters: unknown[]) => {
      seen.push(parameters);
      throw new Error("refused");
    };
    const wanted = ["none", "b", "c", "d", "a", "A"].map(targetId);
    const set = context.store.setExecution(one, request, wanted, refuse, by);
    await expect(set).rejects.toThrow("refused");
    expect(seen).toEqual([[undefined, ["none", "c", "d", "A"]]]);
    expect(await read()).toBeUndefined();
    expect(await changes()).toEqual([]);
  });

  test("an instance that is not is not found and the change is not asked", async () => {
    await context.store.deleteInstance(two, by);
    for (const instance of [two, instanceId("none")]) {
      const set = context.store.setExecution(instance, request, [], asked, by);
      await expect(set).rejects.toEqual(storeError("not-found"));
    }
  });

  test("conditions are told apart by every byte", async () => {
    await create("abcde");
    const ids = ["event/a", "event/A", "event/a\0", "event/é", "event/e\u0301"];
    for (const [index, id] of ids.entries()) {
      await setList(context.store, id, ["abcde"[index] ?? ""]);
    }
    const lists = ids.map(async (id) => (await read(id))?.targets.join(""));
    expect(await Promise.all(lists)).toEqual([..."abcde"]);
  });

  test("a hundred changes of one list at once follow one another", async () => {
    await create("abcd");
    await Promise.all(
      Array.from({ length: 100 }, (_, round) => {
        const rotate = (current: Execution | undefined) => {
          const [first = "a", ...rest] = current?.targets ?? ["a", "b", "c", "d"];
          return listing(request, [...rest, first], later(round % 3))(current);
        };
        return context.store.setExecution(one, request, [], rotate, by);
      }),
    );
    expect((await read())?.targets).toEqual(["a", "b", "c", "d"]);
    const dates = (await changes()).map(({ at }) => at);
    expect(dates).toHaveLength(100);
    expect(new Set(dates).size).toBe(100);
    expect(dates.toSorted((a, b) => b - a)).toEqual(dates);
  });

  test("a deleted target leaves every list, each with a date and an entry of its own", async () => {
    await create("abc");
    await setList(context.store, "event", ["a", "b", "c"]);
    await setList(context.store, "function/f", ["b"], { at: later(5) });
    const other = await setList(context.store, "response", ["a", "c"]);
    await deleteTarget("b", later(3));

    const dates = { createdAt: start, changedAt: later(3) };
    expect(await read("event")).toEqual({ id: "event", ...dates, targets: ["a", "c"] });
    // The clock is behind, and the date moves all the same.
    const moved = micros(later(5) + 1);
    const emptied = { createdAt: later(5), changedAt: moved, targets: [] };
    expect(await read("function/f")).toEqual({ id: "function/f", ...emptied });
    expect(await read("response")).toEqual(other);
    expect(await listConditions(context.store)).toEqual(["event", "response"]);
    const entry = { author: "token:ann", resourceType: "execution", action: "changed" };
    expect((await changes("event"))[0]).toEqual({
      ...entry,
      at: later(3),
      resourceId: "event",
      fields: [{ field: "targets", old: ["a", "b", "c"], new: ["a", "c"] }],
    });
    expect((await changes("function/f"))[0]).toEqual({
      ...entry,
      at: moved,
      resourceId: "function/f",
      fields: [{ field: "targets", old: ["b"], new: [] }],
    });
    expect(await changes("response")).toHaveLength(1);
  });

  test("a list from which a target was taken can be extended and set again", async () => {
    await create("abcd");
    await setList(context.store, request, ["a", "b", "c"]);
    await deleteTarget("a");
    await setList(context.store, request, ["b", "c", "d"]);
    expect(await findIds(context.store, [request])).toEqual(["b", "c", "d"]);
  });

  test("a deletion that is refused leaves the lists", async () => {
    await create("a");
    const set = await setList(context.store, request, ["a"]);
    await expect(context.store.deleteTarget(one, targetId("a"), asked, by)).rejects.toThrow();
    expect(await read()).toEqual(set);
  });

  test("the same conditions and targets live side by side in two instances", async () => {
    await create("ab");
    await create("ab", two);
    await setList(context.store, request, ["a", "b"]);
    const theirs = await setList(context.store, request, ["b", "a"], { instance: two });
    await setList(context.store, "response", ["a"], { instance: two });
    await deleteTarget("a");
    expect((await read())?.targets).toEqual(["b"]);
    expect(await read("response")).toBeUndefined();
    expect(await read(request, two)).toEqual(theirs);
    expect(await changes(request, two)).toHaveLength(1);
    expect(await listConditions(context.store, {}, two)).toEqual(["request", "response"]);
  });

  test("a target stands in a list once", async () => {
    await create("a");
    await expect(setList(context.store, request, ["a", "a"])).rejects.toEqual(storeError("broken"));
    expect(await read()).toBeUndefined();
    const unknown = setList(context.store, conditionId("event"), ["none"]);
    await expect(unknown).rejects.toEqual(storeError("broken"));
  });
}
