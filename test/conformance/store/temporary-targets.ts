import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { deleteExpiredTargets, expiredAtOnce } from "../../../src/store/expired-targets.ts";
import { claim, makeDelivery, statesOf } from "./delivery-fixtures.ts";
import { readExecution, setList } from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  createAll,
  later,
  listIds,
  makeTarget,
  one,
  setting,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const temporary = (name: string, minutes: number) =>
  makeTarget(name, {}, { expiresAt: later(minutes) });

export function temporaryTargetCases(context: SuiteContext): void {
  test("the end of a temporary target reads back, and stays through updates", async () => {
    const { store } = context;
    await createAll(store, one, [temporary("t", 5)]);
    expect(await store.getTarget(one, id, start)).toEqual(temporary("t", 5));
    await store.updateTarget(one, id, setting({ endpoint: "https://example.com/next" }), by);
    expect(await store.getTarget(one, id, start)).toMatchObject({ expiresAt: later(5) });
    expect(
      (await context.reopen().then((again) => again.getTarget(one, id, start)))?.expiresAt,
    ).toBe(later(5));
  });

  test("a renewal moves the end and changes nothing else", async () => {
    const { store } = context;
    await createAll(store, one, [temporary("t", 5)]);
    const before = await changesOf(store, one);
    expect(await store.renewTarget(one, id, later(9))).toBe(true);
    expect(await store.getTarget(one, id, start)).toEqual(temporary("t", 9));
    expect(await changesOf(store, one)).toEqual(before);
    expect(await store.expiredTargets(later(8))).toEqual([]);
  });

  test("a target that stays cannot be renewed, and one that is not there neither", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t"), temporary("gone", 5)]);
    await store.deleteTarget(one, targetId("gone"), () => undefined, by);
    await createAll(store, two, [temporary("elsewhere", 5)]);
    expect(await store.renewTarget(one, id, later(9))).toBe(false);
    expect(await store.getTarget(one, id, start)).toEqual(makeTarget("t"));
    for (const missing of ["gone", "never", "elsewhere"]) {
      const renewing = store.renewTarget(one, targetId(missing), later(9));
      await expect(renewing, missing).rejects.toEqual(storeError("not-found"));
    }
    await store.deleteInstance(two, by);
    const renewing = store.renewTarget(two, targetId("elsewhere"), later(9));
    await expect(renewing).rejects.toEqual(storeError("not-found"));
  });

  test("those whose time is up are found, of all instances, the longest first", async () => {
    const { store } = context;
    await createAll(store, one, [temporary("b", 2), temporary("a", 3), temporary("late", 4)]);
    await createAll(store, one, [makeTarget("stays"), temporary("deleted", 1)]);
    await store.deleteTarget(one, targetId("deleted"), () => undefined, by);
    await createAll(store, two, [temporary("c", 1)]);
    expect(await store.expiredTargets(later(3))).toEqual([
      { instance: two, id: "c" },
      { instance: one, id: "b" },
      { instance: one, id: "a" },
    ]);
    await store.deleteInstance(two, by);
    expect(await store.expiredTargets(later(2))).toEqual([{ instance: one, id: "b" }]);
  });

  test("its end takes it out of the lists, cancels its deliveries and is in the history", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("stays"), temporary("t", 5)]);
    await setList(store, "event/order.paid", ["stays", "t"]);
    await store.enqueue(one, [makeDelivery("d")], start);
    expect(await deleteExpiredTargets(store, later(5))).toBe(1);
    expect(await listIds(store)).toEqual(["stays"]);
    expect(await readExecution(store, "event/order.paid")).toMatchObject({ targets: ["stays"] });
    expect(await claim(store, later(6))).toEqual([]);
    expect(await statesOf(store)).toEqual({ d: "cancelled" });
    const [changed, deleted] = await changesOf(store, one);
    expect(deleted).toMatchObject({
      ...{ author: "targetd", at: later(5) },
      ...{ resourceType: "target", resourceId: "t", action: "deleted" },
    });
    expect(changed).toMatchObject({
      author: "targetd",
      resourceId: "event/order.paid",
      action: "changed",
    });
    expect(await deleteExpiredTargets(store, later(5))).toBe(0);
  });

  test("one that is renewed after it was found stays", async () => {
    const { store } = context;
    await createAll(store, one, [temporary("t", 5)]);
    const found = await store.expiredTargets(later(5));
    await store.renewTarget(one, id, later(9));
    const late = { ...deleting(store), expiredTargets: async () => found };
    expect(await deleteExpiredTargets(late, later(5))).toBe(0);
    expect(await listIds(store)).toEqual(["t"]);
  });

  test("several who delete at the same time make one entry in the history of each", async () => {
    const { store } = context;
    const names = Array.from({ length: 5 }, (_, index) => `t${index}`);
    await createAll(
      store,
      one,
      names.map((name) => temporary(name, 1)),
    );
    await Promise.all([1, 2, 3].map(() => deleteExpiredTargets(store, later(1))));
    expect(await listIds(store)).toEqual([]);
    const deleted = (await changesOf(store, one)).filter(({ action }) => action === "deleted");
    expect(deleted.map(({ resourceId }) => resourceId).sort()).toEqual(names);
  });

  test("one whose keys do not open is told of, and the others are deleted", async () => {
    await createAll(context.store, one, [temporary("t", 1), temporary("later", 2)]);
    await context.store.close();
    await context.harness.spoilKeys(one, id);
    const store = await context.reopen();
    await expect(deleteExpiredTargets(store, later(3))).rejects.toThrow();
    expect(await store.expiredTargets(later(3))).toEqual([{ instance: one, id }]);
  });

  test("many are deleted in bounded steps", async () => {
    const { store } = context;
    const targets = Array.from({ length: expiredAtOnce + 1 }, (_, index) =>
      temporary(`t${index}`, 1),
    );
    await createAll(store, one, targets);
    expect(await deleteExpiredTargets(store, later(1))).toBe(expiredAtOnce);
    expect(await deleteExpiredTargets(store, later(1))).toBe(1);
  });
}

const deleting = ({ deleteTarget }: SuiteContext["store"]) => ({ deleteTarget });
