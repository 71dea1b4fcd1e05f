import { expect, test } from "vitest";
import { defaultInstance, instanceId, targetId } from "../../../src/domain/units.ts";
import {
  addInstance,
  allTargets,
  by,
  changesOf,
  createAll,
  fingerprint,
  later,
  makeTarget,
  makeToken,
  one,
  replay,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const key = (name: string) => ({ id: name, secret: `whsec_${name}`, expiresAt: later(9) });
const refuse = () => {
  throw new Error("reached");
};
const firstPage = { offset: 0, limit: 10, ascending: true };

export function deletedInstanceCases(context: SuiteContext): void {
  /** Fills the second instance and deletes it. */
  const deleteTwo = async (previousKeys = [key("p1"), key("p2")]) => {
    const remembered = replay(() => "answer");
    const target = makeTarget("t", {}, { previousKeys });
    await context.store.createTarget(two, target, { ...by, replay: remembered });
    await createAll(context.store, two, [makeTarget("u"), makeTarget("v")]);
    await context.store.deleteTarget(two, targetId("v"), () => undefined, by);
    await context.store.setFeature(two, "actions", false, by);
    return context.store.deleteInstance(two, { author: "token:boss", at: later(1) });
  };
  /** Sweeps until nothing is left and tells how many rows each step deleted. */
  const sweepAll = async () => {
    const steps: number[] = [];
    for (;;) {
      const deleted = await context.store.sweep(start);
      if (deleted === 0) return steps;
      steps.push(deleted);
    }
  };

  test("is deleted once, with one change in the default instance", async () => {
    expect(await deleteTwo()).toBe(later(1));
    expect(await context.store.deleteInstance(two, { ...by, at: later(2) })).toBe(later(1));
    const changes = await changesOf(context.store, defaultInstance, { resourceId: two });
    expect(changes.filter(({ action }) => action === "deleted")).toEqual([
      {
        author: "token:boss",
        at: later(1),
        resourceType: "instance",
        resourceId: two,
        action: "deleted",
        fields: [],
      },
    ]);
  });

  test.each([
    ["before its rows are swept", false],
    ["after that", true],
  ])("shows nothing and takes nothing %s", async (_when, swept) => {
    await deleteTwo();
    if (swept) await sweepAll();
    const { store } = context;
    expect(await store.findToken(fingerprint(two))).toBeUndefined();
    expect(await store.getTarget(two, id, start)).toBeUndefined();
    expect(await store.listTargets(two, allTargets, start)).toEqual({ items: [], total: 0 });
    expect(await store.listTokens(two, firstPage)).toEqual({ items: [], total: 0 });
    expect(await store.featureSwitch(two, "actions")).toBeUndefined();
    for (const deleted of ["t", "v", "none"].map(targetId)) {
      expect(await store.deleteTarget(two, deleted, refuse, by)).toBeUndefined();
    }
    const again = { ...by, replay: replay(() => "answer") };
    const calls = [
      () => store.createTarget(two, makeTarget("new"), by),
      () => store.createTarget(two, makeTarget("new"), { ...by, dryRun: true }),
      () => store.createTarget(two, makeTarget("t"), again),
      () => store.updateTarget(two, id, refuse, by),
      () => store.createToken(makeToken("new", { instance: two }), by),
      () => store.revokeToken(two, `id of ${two}`, refuse, by),
      () => store.setFeature(two, "actions", true, by),
    ];
    for (const call of calls) await expect(call()).rejects.toEqual(storeError("not-found"));
  });

  test("of a write at the same time nothing is left, whether it came before or is refused", async () => {
    const [deletion, ...creations] = await Promise.allSettled([
      context.store.deleteInstance(two, by),
      ...["t", "u", "v"].map((id) => context.store.createTarget(two, makeTarget(id), by)),
    ]);
    expect(deletion).toMatchObject({ status: "fulfilled" });
    for (const creation of creations) {
      if (creation.status === "rejected") expect(creation.reason).toEqual(storeError("not-found"));
    }
    await sweepAll();
    expect(await context.store.listTargets(two, allTargets, start)).toEqual({
      items: [],
      total: 0,
    });
    expect(await context.store.sweep(start)).toBe(0);
  });

  test("sweeps delete its rows for good and leave its changes and its id", async () => {
    await deleteTwo();
    const changes = await changesOf(context.store, two);
    expect(changes).toHaveLength(6);
    // Four keys, as the deleted target has none, three targets, one answer, one token.
    expect(await sweepAll()).toEqual([9]);
    expect(await changesOf(context.store, two)).toEqual(changes);
    await expect(addInstance(context.store, two)).rejects.toEqual(storeError("instance-exists"));
  });

  test("a lot is swept in bounded steps", async () => {
    await deleteTwo(Array.from({ length: 1200 }, (_, index) => key(`p${index}`)));
    const steps = await sweepAll();
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(1207);
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
  });

  test("many are swept, whatever they hold", async () => {
    for (const name of ["a", "b", "c", "d"]) {
      const instance = instanceId(name);
      await addInstance(context.store, instance);
      if (name !== "b") await context.store.createTarget(instance, makeTarget("t"), by);
      await context.store.deleteInstance(instance, by);
    }
    const swept = await sweepAll();
    expect(swept.reduce((sum, step) => sum + step, 0)).toBe(10);
  });

  test("the others keep what is theirs", async () => {
    const target = makeTarget("t", { name: "mine" });
    const remembered = { ...by, replay: replay(() => "mine") };
    await context.store.createTarget(one, target, remembered);
    await context.store.createToken(makeToken("mine"), by);
    await context.store.setFeature(one, "actions", true, by);
    await deleteTwo();
    await sweepAll();
    expect(await context.store.getTarget(one, id, start)).toEqual(target);
    expect(await context.store.findToken(fingerprint("mine"))).toEqual(makeToken("mine"));
    expect(await context.store.featureSwitch(one, "actions")).toBe(true);
    expect(await context.store.createTarget(one, makeTarget("x"), remembered)).toEqual({
      kind: "replayed",
      answer: Buffer.from("mine"),
    });
  });

  test("stays deleted after the store was opened again", async () => {
    await deleteTwo();
    const store = await context.reopen();
    expect(await store.findToken(fingerprint(two))).toBeUndefined();
    expect(await store.getTarget(two, id, start)).toBeUndefined();
    expect(await store.sweep(start)).toBe(9);
  });
}
