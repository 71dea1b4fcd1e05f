/** What deleting an instance does to its executions, keys and catalogue. */
import { expect, test } from "vitest";
import { type InstanceId, instanceId, targetId } from "../../../src/domain/units.ts";
import {
  allExecutions,
  find,
  findIds,
  keysAre,
  makeInstanceKey,
  makeKey,
  readExecution,
  request,
  setList,
} from "./execution-fixtures.ts";
import { addInstance, by, changesOf, createAll, makeTarget, one, start, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const emptyCatalog = { version: 0, sources: [], eventTypes: [], functions: [] };
const source = (name: string) => ({ name, descriptorSet: Buffer.from(name), importedAt: start });

export function deletedInstancePartsCases(context: SuiteContext): void {
  /** Gives an instance two targets, three keys, two executions and a catalogue of two sources. */
  const fill = async (instance: InstanceId) => {
    const { store } = context;
    await createAll(store, instance, [makeTarget("t"), makeTarget("u")]);
    await store.changePublicKeys(instance, id, keysAre([makeKey("a"), makeKey("b")]), by);
    await setList(store, request, ["t", "u"], { instance });
    await setList(store, "event", [], { instance });
    const instanceKeys = { next: [makeInstanceKey("k")], fields: [] };
    await store.changeInstanceKeys(instance, () => instanceKeys, by);
    const next = { ...emptyCatalog, sources: [source("a"), source("b")] };
    await store.changeCatalog(instance, () => ({ next, part: "a", fields: [] }), by);
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

  test.each([
    ["before its rows are swept", false],
    ["after that", true],
  ])("nothing of them shows %s", async (_when, swept) => {
    await fill(two);
    await context.store.deleteInstance(two, by);
    if (swept) await sweepAll();
    const { store } = context;
    expect(await store.readPublicKeys(two, id)).toEqual([]);
    expect(await find(store, [request], { instance: two })).toBeUndefined();
    expect(await store.readCallableTarget(two, id, start)).toBeUndefined();
    expect(await store.listExecutions(two, allExecutions)).toEqual({ items: [], total: 0 });
    expect(await store.readInstanceKeys(two)).toEqual([]);
    expect(await store.readCatalog(two)).toEqual(emptyCatalog);
    expect(await store.catalogVersion(two)).toBe(0);
  });

  test("sweeps delete all rows for good, of those that may be large one in a step", async () => {
    await fill(two);
    await context.store.deleteInstance(two, by);
    const changes = await changesOf(context.store, two);
    expect(changes).toHaveLength(8);
    // Keys: two signing, two public, one of the instance. Then two places in lists, two executions,
    // two targets, a token; two sources and the catalogue.
    expect(await sweepAll()).toEqual([13, 1, 1]);
    expect(await changesOf(context.store, two)).toEqual(changes);
  });

  test("many places in lists are swept in bounded steps", async () => {
    await createAll(context.store, two, [makeTarget("t"), makeTarget("u")]);
    const ids = Array.from({ length: 300 }, (_, index) => `event/${index}`);
    await Promise.all(
      ids.map((each) => setList(context.store, each, ["t", "u"], { instance: two })),
    );
    await context.store.deleteInstance(two, by);
    const steps = await sweepAll();
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(905);
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
  });

  test("catalogues of many instances are swept", async () => {
    for (const name of ["a", "b", "c"].map(instanceId)) {
      await addInstance(context.store, name);
      await fill(name);
      await context.store.deleteInstance(name, by);
    }
    const steps = await sweepAll();
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(3 * 15);
  });

  test("the others keep what is theirs", async () => {
    await fill(one);
    await fill(two);
    await context.store.deleteInstance(two, by);
    await sweepAll();
    const { store } = context;
    expect(await store.readPublicKeys(one, id)).toHaveLength(2);
    expect(await findIds(store, [request])).toEqual(["t", "u"]);
    expect(await readExecution(store, "event")).toMatchObject({ targets: [] });
    expect(await store.readInstanceKeys(one)).toEqual([makeInstanceKey("k")]);
    expect((await store.readCatalog(one)).sources).toEqual([source("a"), source("b")]);
  });
}
