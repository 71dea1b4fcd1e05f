import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  by,
  changesOf,
  later,
  listIds,
  makeTarget,
  noChange,
  one,
  start,
  storeError,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const accept = () => undefined;
const refuse = () => {
  throw new Error("refused");
};

export function deleteCases(context: SuiteContext): void {
  test("a deleted target is gone for reads and updates", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    const at = later(1);
    expect(await context.store.deleteTarget(one, id, accept, { ...by, at })).toBe(at);
    expect(await context.store.getTarget(one, id, start)).toBeUndefined();
    expect(await listIds(context.store)).toEqual([]);
    await expect(context.store.updateTarget(one, id, noChange, by)).rejects.toEqual(
      storeError("not-found"),
    );
  });

  test("the deletion comes after the last change, whatever the clock says", async () => {
    const changedAt = later(2);
    await context.store.createTarget(one, makeTarget("t", {}, { changedAt }), by);
    const deletedAt = await context.store.deleteTarget(one, id, accept, { ...by, at: later(1) });
    expect(deletedAt).toBe(changedAt + 1);
    expect((await changesOf(context.store, one, { resourceId: id }))[0]?.at).toBe(deletedAt);
    expect(await context.store.deleteTarget(one, id, refuse, by)).toBe(deletedAt);
  });

  test("deleting again yields the first time and does not ask", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.deleteTarget(one, id, accept, { ...by, at: later(1) });
    const again = await context.store.deleteTarget(one, id, refuse, { ...by, at: later(2) });
    expect(again).toBe(later(1));
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(2);
  });

  test("of two deletions at once both yield the same time", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    const times = await Promise.all(
      [1, 2].map((n) => context.store.deleteTarget(one, id, accept, { ...by, at: later(n) })),
    );
    expect(new Set(times).size).toBe(1);
  });

  test("an unknown target yields no time and does not ask", async () => {
    expect(await context.store.deleteTarget(one, id, refuse, by)).toBeUndefined();
  });

  test("the check sees the target without expired keys", async () => {
    const previousKeys = [{ id: "p", secret: "whsec_p", expiresAt: later(1) }];
    await context.store.createTarget(one, makeTarget("t", {}, { previousKeys }), by);
    const seen: unknown[] = [];
    const look = (target: unknown) => void seen.push(target);
    await context.store.deleteTarget(one, id, look, { ...by, at: later(1) });
    expect(seen).toEqual([makeTarget("t")]);
  });

  test("what the check throws rejects and nothing is deleted", async () => {
    const target = makeTarget("t", { headers: new Map([["a", "b"]]) });
    await context.store.createTarget(one, target, by);
    await expect(context.store.deleteTarget(one, id, refuse, by)).rejects.toThrow("refused");
    expect(await context.store.getTarget(one, id, start)).toEqual(target);
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
  });

  test("the name is free again, the id is not", async () => {
    await context.store.createTarget(one, makeTarget("t", { name: "name" }), by);
    await context.store.deleteTarget(one, id, accept, by);
    await context.store.createTarget(one, makeTarget("u", { name: "NAME" }), by);
    expect(await listIds(context.store)).toEqual(["u"]);
    await expect(context.store.createTarget(one, makeTarget("t"), by)).rejects.toEqual(
      storeError("broken"),
    );
  });

  test("a name can be deleted and taken many times", async () => {
    for (const each of ["a", "b", "c"]) {
      await context.store.createTarget(one, makeTarget(each, { name: "name" }), by);
      await context.store.deleteTarget(one, targetId(each), accept, by);
    }
    expect(await listIds(context.store)).toEqual([]);
  });
}
