import { expect, test } from "vitest";
import type { OwnEvents } from "../../../src/domain/own-event.ts";
import { targetId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  attempt,
  claim,
  deciding,
  eventsOf,
  finish,
  listed,
  makeEvent,
  publish,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { request, setList } from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  createAll,
  makeTarget,
  noChange,
  one,
  setting,
  start,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

/** An event for each change, named by its place in the audit. */
export const eventsOfChange: OwnEvents = ({ sequence, resourceType, resourceId, action }) => [
  {
    id: `${resourceType}/${resourceId}/${action}/${sequence}`,
    type: `${resourceType}.${action}`,
    aggregateId: resourceId,
    context: JSON.stringify({ sequence }),
  },
];

/** Creates targets and an execution that calls them with all events. */
async function listenToAll(store: Store, ids: readonly string[]): Promise<void> {
  await createAll(
    store,
    one,
    ids.map((id) => makeTarget(id)),
  );
  await setList(store, "event", ids);
}

/** Makes everything that is due from a second on. */
async function makeAll(store: Store, from: number): Promise<void> {
  for (let second = from; ; second++) {
    const claims = await claim(store, seconds(second));
    if (claims.length === 0) return;
    for (const held of claims) await finish(store, held, undefined, seconds(second));
  }
}

export function ownEventCases(context: SuiteContext): void {
  test("events of a target that is disabled between results do not wait for ever", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t", { ordered: true })]);
    await setList(store, "event", ["t"]);
    await makeAll(store, 1);
    const events = [makeEvent("x", { aggregateId: "x" }), makeEvent("y", { aggregateId: "t" })];
    await publish(store, events, { at: seconds(10) });
    const [gone, made] = [deciding({ state: "failed", disable: "gone" }), deciding()];
    const results = (await claim(store, seconds(10))).map((held, index) => ({
      ...{ claim: held, attempt: attempt(1), decide: index === 0 ? gone : made },
    }));
    expect(await store.finishAttempts(results, seconds(11))).toEqual([true, true]);
    const enabled = setting({ disabled: false });
    await store.updateTarget(one, targetId("t"), enabled, { ...by, at: seconds(12) });
    await makeAll(store, 13);
    expect(await listed(store, { state: "pending" })).toEqual([]);
  });

  /** Changes of targets and executions of the first instance, without their places. */
  const published = async () => {
    const deliveries = (await context.store.changedDeliveries(one, 0, 100)) ?? [];
    const ids = deliveries.map(({ event }) => event?.id ?? "");
    return ids.map((id) => id.slice(0, id.lastIndexOf("/")));
  };

  test("changes of targets and executions are published with them", async () => {
    const { store } = context;
    await listenToAll(store, ["hook"]);
    await createAll(store, one, [makeTarget("t")]);
    await store.updateTarget(one, targetId("t"), setting({ name: "n" }), by);
    await setList(store, request, ["t"]);
    await store.deleteTarget(one, targetId("t"), () => undefined, by);
    expect(await published()).toEqual([
      "execution/event/created",
      "target/t/created",
      "target/t/changed",
      "execution/request/created",
      "target/t/deleted",
      "execution/request/changed",
    ]);
  });

  test("an event has the place of its change in the audit", async () => {
    const { store } = context;
    await listenToAll(store, ["hook"]);
    await createAll(store, one, [makeTarget("t")]);
    const changes = await changesOf(store, one);
    const [newest] = await listed(store);
    const found = await store.readDelivery(one, newest?.id ?? "");
    const { sequence } = JSON.parse(found?.delivery.context ?? "{}") as { sequence: number };
    expect(sequence).toBe(changes.length);
  });

  test("only the execution that an event meets is called", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("hook")]);
    await setList(store, "event/target.deleted", ["hook"]);
    await createAll(store, one, [makeTarget("t")]);
    await store.deleteTarget(one, targetId("t"), () => undefined, by);
    expect(await published()).toEqual(["target/t/deleted"]);
  });

  test("what changes nothing, is refused or is only tried, publishes nothing", async () => {
    const { store } = context;
    await listenToAll(store, ["hook"]);
    const before = await published();
    await store.updateTarget(one, targetId("hook"), noChange, by);
    await store.createTarget(one, makeTarget("t"), { ...by, dryRun: true });
    const taken = makeTarget("u", { name: "hook" });
    await expect(store.createTarget(one, taken, by)).rejects.toThrow();
    expect(await published()).toEqual(before);
  });

  test("changes of other things, and of other instances, are not published", async () => {
    const { store } = context;
    await listenToAll(store, ["hook"]);
    const before = await published();
    await createAll(store, two, [makeTarget("t")]);
    await store.setFeature(one, "actions", true, by);
    expect(await published()).toEqual(before);
    expect(await listed(store, {}, two)).toEqual([]);
  });

  test("what a change publishes is due at once, although its date lies ahead of the clock", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    const t = targetId("t");
    await store.updateTarget(one, t, setting({ name: "a" }), by);
    await listenToAll(store, ["hook"]);
    await claim(store);
    await store.updateTarget(one, t, setting({ name: "b" }), by);
    await store.deleteTarget(one, t, () => undefined, by);
    const told = await claim(store);
    expect(eventsOf(told).map((id) => id?.slice(0, id.lastIndexOf("/")))).toEqual([
      "target/t/changed",
      "target/t/deleted",
    ]);
    for (const { delivery } of told) expect(delivery.createdAt).toBe(start);
    const [deleted, changed] = await changesOf(store, one, { resourceId: "t" });
    expect(changed?.at).toBeGreaterThan(start);
    expect(deleted?.at).toBeGreaterThan(changed?.at ?? Infinity);
  });

  test("nothing is published when nobody listens any more", async () => {
    const { store } = context;
    await listenToAll(store, ["hook"]);
    await setList(store, "event", []);
    const before = await published();
    await createAll(store, one, [makeTarget("t")]);
    expect(await published()).toEqual(before);
  });

  test("a target is not told of its own deletion", async () => {
    const { store } = context;
    await listenToAll(store, ["t", "u"]);
    await store.deleteTarget(one, targetId("t"), () => undefined, by);
    const items = await listed(store, { eventType: "target.deleted" });
    expect(items.map(({ target }) => target)).toEqual(["u"]);
  });

  test("a target that is disabled by its failures is told of to the others", async () => {
    const { store } = context;
    await listenToAll(store, ["t", "u"]);
    const held = await claim(store);
    const failing = held.find(({ delivery }) => delivery.target === "t");
    await finish(store, failing, deciding({ state: "failed", disable: "failing" }));
    const told = await claim(store, seconds(1));
    expect(told.map(({ delivery }) => delivery.target)).toEqual(["u"]);
    expect(eventsOf(told)[0]).toMatch(/^target\/t\/changed\//);
    expect(Object.values(await statesOf(store))).toHaveLength(2);
  });
}
