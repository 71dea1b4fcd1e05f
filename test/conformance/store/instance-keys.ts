import { expect, test } from "vitest";
import type { InstanceKey } from "../../../src/domain/instance-key.ts";
import { instanceId } from "../../../src/domain/units.ts";
import { makeInstanceKey } from "./execution-fixtures.ts";
import { by, changesOf, later, one, storeError, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const keysAre = (next: readonly InstanceKey[]) => () => ({ next, fields: [] });
const ofInstance = { resourceType: "instance", resourceId: two } as const;
const asked = () => {
  throw new Error("asked");
};

export function instanceKeyCases(context: SuiteContext): void {
  const change = (next: readonly InstanceKey[], instance = one) =>
    context.store.changeInstanceKeys(instance, keysAre(next), by);
  const read = (instance = one) => context.store.readInstanceKeys(instance);

  test("there are none at first", async () => {
    expect(await read()).toEqual([]);
    expect(await read(instanceId("none"))).toEqual([]);
  });

  test("reads back what was written, oldest first by the start of signing and id", async () => {
    const keys = [
      makeInstanceKey("z", { signsFrom: later(-2), publishedUntil: later(60) }),
      makeInstanceKey("a", { algorithm: "RS256", createdAt: later(-3), signsFrom: later(-1) }),
      makeInstanceKey("b", { algorithm: "EdDSA", publicJwk: {}, signsFrom: later(-1) }),
      makeInstanceKey("\uffee"),
      makeInstanceKey("\u{1f3af}"),
    ];
    await change(keys.toReversed());
    expect(await read()).toEqual(keys);
    const seen: unknown[] = [];
    const look = (current: readonly InstanceKey[]) => {
      seen.push(...current);
      return { next: current, fields: [] };
    };
    await context.store.changeInstanceKeys(one, look, by);
    expect(seen).toEqual(keys);
  });

  test("resolves with what the change returned", async () => {
    const outcome = { next: [makeInstanceKey("a")], fields: [], more: "more" };
    expect(await context.store.changeInstanceKeys(one, () => outcome, by)).toBe(outcome);
  });

  test("a key is added, ended and removed, and the others stay", async () => {
    const [a, b] = [makeInstanceKey("a"), makeInstanceKey("b", { signsFrom: later(20) })];
    const ended = { ...a, publishedUntil: later(60) };
    for (const keys of [[a], [ended, b], [b], []]) {
      await change(keys);
      expect(await read()).toEqual(keys);
    }
    const added = (keys: readonly InstanceKey[]) => ({ next: [...keys, b], fields: [] });
    await change([a]);
    await context.store.changeInstanceKeys(one, added, by);
    expect(await read()).toEqual([a, b]);
  });

  test("a change has an entry of the instance, in its own audit", async () => {
    const fields = [{ field: "keys", old: null, new: "a" }];
    const next = [makeInstanceKey("a")];
    const options = { author: "server", at: later(2) };
    await context.store.changeInstanceKeys(two, () => ({ next, fields }), options);
    expect(await changesOf(context.store, two, ofInstance)).toEqual([
      { ...options, ...ofInstance, action: "changed", fields },
    ]);
    const inDefault = await changesOf(context.store, one, ofInstance);
    expect(inDefault.map(({ action }) => action)).toEqual(["created"]);
  });

  test("the current array writes nothing", async () => {
    const next = [makeInstanceKey("a")];
    await change(next, two);
    const keep = (keys: readonly InstanceKey[]) => ({ next: keys, fields: [] });
    await context.store.changeInstanceKeys(two, keep, by);
    expect(await read(two)).toEqual(next);
    expect(await changesOf(context.store, two, ofInstance)).toHaveLength(1);
  });

  test("what the change throws rejects and nothing is written", async () => {
    await expect(context.store.changeInstanceKeys(two, asked, by)).rejects.toThrow("asked");
    expect(await changesOf(context.store, two, ofInstance)).toEqual([]);
  });

  test("an instance that is not is not found and the change is not asked", async () => {
    await context.store.deleteInstance(two, by);
    for (const instance of [two, instanceId("none")]) {
      const changed = context.store.changeInstanceKeys(instance, asked, by);
      await expect(changed).rejects.toEqual(storeError("not-found"));
    }
  });

  test("of many first uses at once one makes the key", async () => {
    const firstUse = (name: string) =>
      context.store.changeInstanceKeys(
        one,
        (keys) => ({ next: keys.length > 0 ? keys : [makeInstanceKey(name)], fields: [] }),
        by,
      );
    const names = Array.from({ length: 20 }, (_, index) => `k${index}`);
    const outcomes = await Promise.all(names.map(firstUse));
    const keys = await read();
    expect(keys).toHaveLength(1);
    for (const { next } of outcomes) expect(next).toEqual(keys);
  });

  test("the same ids live side by side in two instances", async () => {
    const [mine, theirs] = ["mine", "theirs"].map((privateKey) =>
      makeInstanceKey("a", { privateKey }),
    );
    if (!(mine && theirs)) throw new Error("two keys");
    await change([mine]);
    await change([theirs], two);
    expect([await read(), await read(two)]).toEqual([[mine], [theirs]]);
    await change([]);
    expect([await read(), await read(two)]).toEqual([[], [theirs]]);
  });
}
