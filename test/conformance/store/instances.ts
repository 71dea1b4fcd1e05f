import { expect, test } from "vitest";
import { defaultInstance, instanceId } from "../../../src/domain/units.ts";
import type { InstanceRecord } from "../../../src/store/instance-store.ts";
import {
  addInstance,
  by,
  changesOf,
  fingerprint,
  later,
  makeToken,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const acme = instanceId("acme");
const all = { offset: 0, limit: 100, ascending: true };
const ids = (instances: readonly InstanceRecord[]) => instances.map(({ id }) => id);
const accept = () => undefined;

export function instanceCases(context: SuiteContext): void {
  const list = async (query = all) => (await context.store.listInstances(query)).items;
  const find = async (id: string) => (await list()).find((instance) => instance.id === id);
  const ofInstance = (id: string) =>
    changesOf(context.store, defaultInstance, { resourceType: "instance", resourceId: id });
  const setFeature = (enabled: boolean | undefined, feature = "actions", id = acme) =>
    context.store.setFeature(id, feature, enabled, { author: "token:boss", at: later(3) });

  test.each<[string, Partial<InstanceRecord>]>([
    ["plain", {}],
    ["with any name", { name: "\u{1f3e2} '; DROP TABLE instances; --", createdAt: later(-1) }],
    [
      "with features",
      {
        features: new Map([
          ["actions", false],
          ["__proto__", true],
          ['"', true],
        ]),
      },
    ],
  ])("reads back what was created: %s", async (_what, parts) => {
    const instance = await addInstance(context.store, acme, parts);
    expect(await find(acme)).toEqual(instance);
  });

  test("exists from its creation to its deletion", async () => {
    expect(await context.store.instanceExists(acme)).toBe(false);
    await addInstance(context.store, acme);
    expect(await context.store.instanceExists(acme)).toBe(true);
    await context.store.deleteInstance(acme, by);
    expect(await context.store.instanceExists(acme)).toBe(false);
  });

  test("the first token comes with the instance", async () => {
    await addInstance(context.store, acme);
    const token = makeToken(acme, { instance: acme });
    expect(await context.store.findToken(token.hash)).toEqual(token);
  });

  test("creating one leaves a change in the default instance, and its token one in itself", async () => {
    await addInstance(context.store, acme, { name: "Acme" });
    const fields = [{ field: "name", old: null, new: "Acme" }];
    expect(await ofInstance(acme)).toEqual([
      { ...by, resourceType: "instance", resourceId: acme, action: "created", fields },
    ]);
    const granted = [
      { field: "roles", old: null, new: ["IAM_OWNER"] },
      { field: "permissions", old: null, new: [] },
      { field: "expiration_date", old: null, new: null },
    ];
    const created = { resourceType: "token", resourceId: `id of ${acme}`, action: "created" };
    expect(await changesOf(context.store, acme)).toEqual([{ ...by, ...created, fields: granted }]);
  });

  test.each([
    ["exists", false],
    ["was deleted", true],
  ])("an id that %s is refused with nothing written", async (_what, deleted) => {
    await addInstance(context.store, acme);
    if (deleted) await context.store.deleteInstance(acme, by);
    const before = [await find(acme), await ofInstance(acme)];
    const twin = { id: acme, name: "twin", createdAt: start, features: new Map() };
    const token = makeToken("twin", { instance: acme });
    await expect(context.store.createInstance(twin, token, by)).rejects.toEqual(
      storeError("instance-exists"),
    );
    expect([await find(acme), await ofInstance(acme)]).toEqual(before);
    expect(await context.store.findToken(token.hash)).toBeUndefined();
  });

  test("a token that exists keeps the instance from being made", async () => {
    await context.store.createToken(makeToken("taken"), by);
    const instance = { id: acme, name: "acme", createdAt: start, features: new Map() };
    const token = makeToken("other", { instance: acme, hash: fingerprint("taken") });
    await expect(context.store.createInstance(instance, token, by)).rejects.toEqual(
      storeError("broken"),
    );
    expect(await find(acme)).toBeUndefined();
    expect(await changesOf(context.store, acme)).toEqual([]);
    await addInstance(context.store, acme);
  });

  test("of many creations of one id at once exactly one succeeds", async () => {
    const instance = { id: acme, name: "acme", createdAt: start, features: new Map() };
    const results = await Promise.allSettled(
      ["a", "b", "c"].map((text) =>
        context.store.createInstance(instance, makeToken(text, { instance: acme }), by),
      ),
    );
    const reasons = results.flatMap((r) => (r.status === "rejected" ? [r.reason] : []));
    expect(reasons).toEqual([storeError("instance-exists"), storeError("instance-exists")]);
    expect(await ofInstance(acme)).toHaveLength(1);
  });

  test("lists by the bytes of the id in both directions, without deleted ones", async () => {
    for (const id of ["b", "B", "\uffee", "\u{1f3af}", "gone"]) {
      await addInstance(context.store, instanceId(id));
    }
    await context.store.deleteInstance(instanceId("gone"), by);
    const sorted = ["B", "b", "default", "two", "\uffee", "\u{1f3af}"];
    expect(ids(await list())).toEqual(sorted);
    expect(ids(await list({ ...all, ascending: false }))).toEqual(sorted.reverse());
  });

  test.each([
    [0, 2, ["a", "b"]],
    [2, 2, ["default", "two"]],
    [3, 9, ["two"]],
    [4, 1, []],
    [2 ** 63, 1, []],
  ])("offset %d and limit %d cut a page and the total counts all", async (offset, limit, page) => {
    for (const id of ["a", "b", "gone"]) await addInstance(context.store, instanceId(id));
    await context.store.deleteInstance(instanceId("gone"), by);
    const { items, total } = await context.store.listInstances({ offset, limit, ascending: true });
    expect([ids(items), total]).toEqual([page, 4]);
  });

  test("a feature is switched on, off and back, each with a change there and in itself", async () => {
    const created = await addInstance(context.store, acme, { features: new Map([["x", true]]) });
    expect(await context.store.featureSwitch(acme, "actions")).toBeUndefined();
    for (const enabled of [true, false, undefined]) {
      const features = new Map([["x", true]]);
      if (enabled !== undefined) features.set("actions", enabled);
      expect(await setFeature(enabled)).toEqual({ ...created, features });
      expect(await find(acme)).toEqual({ ...created, features });
      expect(await context.store.featureSwitch(acme, "actions")).toBe(enabled);
    }
    const changes = (await ofInstance(acme)).slice(0, -1);
    expect(await changesOf(context.store, acme, { resourceType: "instance" })).toEqual(changes);
    expect(changes).toEqual(
      [
        [false, null],
        [true, false],
        [null, true],
      ].map(([old, next]) => ({
        author: "token:boss",
        at: later(3),
        resourceType: "instance",
        resourceId: acme,
        action: "changed",
        fields: [{ field: "features.actions", old, new: next }],
      })),
    );
  });

  test.each([true, false, undefined])(
    "a switch that is already %s leaves no change",
    async (on) => {
      const features = new Map(on === undefined ? [] : [["actions", on] as const]);
      const created = await addInstance(context.store, acme, { features });
      expect(await setFeature(on)).toEqual(created);
      expect(await ofInstance(acme)).toHaveLength(1);
      expect(await changesOf(context.store, acme)).toHaveLength(1);
    },
  );

  test("a feature is that of one instance and one name", async () => {
    await addInstance(context.store, acme);
    await setFeature(false);
    expect(await context.store.featureSwitch(two, "actions")).toBeUndefined();
    expect(await context.store.featureSwitch(acme, "Actions")).toBeUndefined();
    expect(await context.store.featureSwitch(instanceId("none"), "actions")).toBeUndefined();
  });

  test("the default instance has features too", async () => {
    await setFeature(false, "actions", defaultInstance);
    expect(await context.store.featureSwitch(defaultInstance, "actions")).toBe(false);
    expect(await ofInstance(defaultInstance)).toHaveLength(1);
  });

  test("an instance that never was is not found", async () => {
    const calls = [setFeature(true), context.store.deleteInstance(acme, by)];
    for (const call of calls) await expect(call).rejects.toEqual(storeError("not-found"));
    expect(await ofInstance(acme)).toEqual([]);
    const revoked = context.store.revokeToken(acme, "id", accept, by);
    await expect(revoked).rejects.toEqual(storeError("not-found"));
  });
}
