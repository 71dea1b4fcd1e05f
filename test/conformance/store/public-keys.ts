import { expect, test } from "vitest";
import type { PublicKey } from "../../../src/domain/public-key.ts";
import { instanceId, micros, targetId } from "../../../src/domain/units.ts";
import type { PublicKeysChange } from "../../../src/store/public-key-store.ts";
import { activating, keysAre, makeKey } from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  createAll,
  done,
  fingerprint,
  later,
  makeTarget,
  one,
  replay,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const asked = () => {
  throw new Error("asked");
};
const ids = (keys: readonly PublicKey[]) => keys.map((key) => key.id);
const activeIds = (keys: readonly PublicKey[]) => ids(keys.filter(({ active }) => active));

export function publicKeyCases(context: SuiteContext): void {
  const create = (...names: string[]) =>
    createAll(
      context.store,
      one,
      names.map((name) => makeTarget(name)),
    );
  const change = (decide: (keys: readonly PublicKey[]) => PublicKeysChange, instance = one) =>
    context.store.changePublicKeys(instance, id, decide, by);
  const read = (instance = one, target = id) => context.store.readPublicKeys(instance, target);

  test("reads back what was written, oldest first by creation and id, expired ones too", async () => {
    await create("t");
    const keys = [
      makeKey("z", { createdAt: later(-2), expiresAt: later(-1) }),
      makeKey("\uffee", { createdAt: later(-1), active: true, expiresAt: later(9) }),
      makeKey("\u{1f3af}", { createdAt: later(-1), pem: Buffer.from([0, 255, 10]) }),
      makeKey("a", { changedAt: later(3) }),
    ];
    await change(keysAre(keys.toReversed()));
    expect(await read()).toEqual(keys);
    const seen: unknown[] = [];
    await change((current) => {
      seen.push(...current);
      return { next: current, fields: [] };
    });
    expect(seen).toEqual(keys);
  });

  test("resolves with what the change returned", async () => {
    await create("t");
    const outcome = { next: [makeKey("a")], fields: [], added: "a" };
    const written = await context.store.changePublicKeys(one, id, () => outcome, by);
    expect(done(written)).toBe(outcome);
  });

  test("a key is added, changed and removed, and the others stay", async () => {
    await create("t");
    const [a, b, c] = ["a", "b", "c"].map((name) => makeKey(name));
    if (!(a && b && c)) throw new Error("three keys");
    await change(keysAre([a, b]));
    await change((keys) => ({ next: [...keys, c], fields: [] }));
    expect(await read()).toEqual([a, b, c]);
    const changed = { ...b, expiresAt: later(5), changedAt: later(1) };
    await change(([first, , third]) => ({
      next: [first, changed, third].filter((key) => key !== undefined),
      fields: [],
    }));
    expect(await read()).toEqual([a, changed, c]);
    await change((keys) => ({ next: keys.filter((key) => key.id !== "a"), fields: [] }));
    expect(await read()).toEqual([changed, c]);
  });

  test("a change has an entry of the target, and the target stays as it is", async () => {
    await create("t");
    await change(keysAre([makeKey("a")]));
    const options = { author: "jwt:ann", at: later(4) };
    await context.store.changePublicKeys(one, id, activating("a"), options);
    const [entry, , created, ...more] = await changesOf(context.store, one, { resourceId: id });
    expect(entry).toEqual({
      ...options,
      resourceType: "target",
      resourceId: id,
      action: "changed",
      fields: [{ field: "public_keys.a.active", old: false, new: true }],
    });
    expect([created?.action, more]).toEqual(["created", []]);
    expect(await context.store.getTarget(one, id, start)).toEqual(makeTarget("t"));
  });

  test("the current array writes nothing", async () => {
    await create("t");
    await change(keysAre([makeKey("a")]));
    await change((keys) => ({ next: keys, fields: [{ field: "f", old: 1, new: 2 }] }));
    expect(await read()).toEqual([makeKey("a")]);
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(2);
  });

  test.each([
    ["never was", one, "other"],
    ["is deleted", one, "t"],
    ["is one of another instance", two, "u"],
    ["is in an instance that is not", instanceId("none"), "u"],
  ])("a target that %s is not found and the change is not asked", async (_what, instance, name) => {
    await create("t", "u");
    await context.store.deleteTarget(one, id, () => undefined, by);
    const written = context.store.changePublicKeys(instance, targetId(name), asked, by);
    await expect(written).rejects.toEqual(storeError("not-found"));
    expect(await read(instance, targetId(name))).toEqual([]);
  });

  test("what the change throws rejects and nothing is written", async () => {
    await create("t");
    await change(keysAre([makeKey("a")]));
    await expect(change(asked)).rejects.toThrow("asked");
    expect(await read()).toEqual([makeKey("a")]);
  });

  test("the keys of a deleted target are gone, those of others stay", async () => {
    await create("t", "u");
    for (const target of [id, targetId("u")]) {
      await context.store.changePublicKeys(one, target, keysAre([makeKey("a")]), by);
    }
    await context.store.deleteTarget(one, id, () => undefined, by);
    expect(await read()).toEqual([]);
    expect(await read(one, targetId("u"))).toEqual([makeKey("a")]);
  });

  test("the same ids live side by side in two instances", async () => {
    await create("t");
    await createAll(context.store, two, [makeTarget("t")]);
    await change(keysAre([makeKey("a", { active: true }), makeKey("b")]));
    await change(keysAre([makeKey("a"), makeKey("b", { active: true })]), two);
    await change((keys) => ({ next: keys.slice(1), fields: [] }));
    expect([ids(await read()), activeIds(await read())]).toEqual([["b"], []]);
    expect([ids(await read(two)), activeIds(await read(two))]).toEqual([["a", "b"], ["b"]]);
  });

  test("of fifty activations at once exactly one key stays active", async () => {
    await create("t");
    const names = Array.from({ length: 50 }, (_, index) => `k${index}`);
    await change(keysAre(names.map((name) => makeKey(name))));
    const before: number[] = [];
    await Promise.all(
      names.map((name) =>
        change((keys) => {
          before.push(activeIds(keys).length);
          return activating(name)(keys);
        }),
      ),
    );
    expect(activeIds(await read())).toHaveLength(1);
    expect(before.sort()).toEqual([0, ...names.slice(1).map(() => 1)]);
  });

  test("two active keys are refused and nothing is written", async () => {
    await create("t");
    const keys = ["a", "b"].map((name) => makeKey(name, { active: true }));
    await expect(change(keysAre(keys))).rejects.toEqual(storeError("broken"));
    expect(await read()).toEqual([]);
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
  });

  test("a dry run asks and writes nothing", async () => {
    await create("t");
    const options = { ...by, dryRun: true };
    const written = await context.store.changePublicKeys(one, id, keysAre([makeKey("a")]), options);
    expect(done(written).next).toEqual([makeKey("a")]);
    expect(await read()).toEqual([]);
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
  });

  test("a repeated request gets the first answer, also when the target is gone", async () => {
    await create("t");
    const adding = (name: string, content = "content") => {
      const remembered = replay<PublicKeysChange>(({ next }) => `added ${next.at(-1)?.id}`, {
        fingerprint: fingerprint(content),
      });
      const add = (keys: readonly PublicKey[]) => ({ next: [...keys, makeKey(name)], fields: [] });
      return context.store.changePublicKeys(one, id, add, { ...by, replay: remembered });
    };
    // Which of them is first is up to the store.
    const twins = await Promise.all([adding("a"), adding("b")]);
    const [added = "none", ...more] = ids(await read());
    expect(more).toEqual([]);
    const replayed = { kind: "replayed", answer: Buffer.from(`added ${added}`) };
    expect(twins[added === "a" ? 0 : 1]?.kind).toBe("done");
    expect(twins[added === "a" ? 1 : 0]).toEqual(replayed);
    await expect(adding("c", "other")).rejects.toEqual(storeError("request-id-reused"));
    expect(ids(await read())).toEqual([added]);
    await context.store.deleteTarget(one, id, () => undefined, by);
    expect(await adding("d")).toEqual(replayed);
  });

  test("a date is kept to the microsecond", async () => {
    await create("t");
    const key = makeKey("a", { expiresAt: micros(start + 1), changedAt: micros(start + 3) });
    await change(keysAre([key]));
    expect(await read()).toEqual([key]);
  });
}
