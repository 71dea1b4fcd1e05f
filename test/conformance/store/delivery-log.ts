import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import type { DeliveryQuery } from "../../../src/store/delivery-store.ts";
import {
  attempt,
  claim,
  deciding,
  finish,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  nameOf,
  publish,
  retryAt,
  seconds,
} from "./delivery-fixtures.ts";
import { by, createAll, makeTarget, one, pruneAll, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

export function deliveryLogCases(context: SuiteContext): void {
  /** m0 to m5, a second apart, to targets t and u in turns; every third of an event. */
  async function prepare(): Promise<void> {
    const { store } = context;
    await createAll(
      store,
      one,
      ["t", "u"].map((id) => makeTarget(id)),
    );
    const made = Array.from({ length: 6 }, (_, index) =>
      makeDelivery(`m${index}`, {
        target: targetId(index % 2 === 0 ? "t" : "u"),
        createdAt: seconds(index),
        event: index % 3 === 0 ? { id: `e${index}`, type: "user.added" } : undefined,
      }),
    );
    await store.enqueue(one, made, start);
    for (const held of await claim(store)) {
      const { id } = held.delivery;
      if (id === "m0" || id === "m1") await finish(store, held);
      else if (id < "m4") await finish(store, held, deciding({ state: "failed" }));
    }
  }

  test.each<[Partial<DeliveryQuery>, string]>([
    [{}, "m5 m4 m3 m2 m1 m0"],
    [{ target: targetId("t") }, "m4 m2 m0"],
    [{ state: "pending" }, "m5 m4"],
    [{ state: "succeeded" }, "m1 m0"],
    [{ state: "cancelled" }, ""],
    [{ eventType: "user.added" }, "m3 m0"],
    [{ eventType: "user" }, ""],
    [{ since: seconds(2) }, "m5 m4 m3 m2"],
    [{ until: seconds(2) }, "m1 m0"],
    [{ target: targetId("u"), state: "failed", since: seconds(1), until: seconds(4) }, "m3"],
    [{ eventType: "user.added", target: targetId("t"), state: "succeeded" }, "m0"],
  ])("lists %j newest first, in one page or in many", async (query, ids) => {
    await prepare();
    expect((await listed(context.store, query)).map(({ id }) => id).join(" ")).toBe(ids);
    for (const limit of [1, 2]) {
      const found: string[] = [];
      let after: string | undefined;
      do {
        const page = await context.store.listDeliveries(one, { ...query, limit, after });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        found.push(...page.items.map(({ id }) => id));
        after = page.next;
      } while (after !== undefined);
      expect(found.join(" ")).toBe(ids);
    }
  });

  test("deliveries made later do not shift pages, nor do the contexts stand in them", async () => {
    const { store } = context;
    await prepare();
    const { next, items } = await store.listDeliveries(one, { limit: 2 });
    expect(items[0]).not.toHaveProperty("context");
    await store.enqueue(one, [makeDelivery("m9", { createdAt: seconds(9) })], start);
    const page = await store.listDeliveries(one, { limit: 2, after: next });
    expect(page.items.map(({ id }) => id)).toEqual(["m3", "m2"]);
  });

  test("deliveries of the same time are listed by their ids", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t")]);
    const ids = ["b", "d", "a", "c"];
    await store.enqueue(
      one,
      ids.map((id) => makeDelivery(id)),
      start,
    );
    const first = await store.listDeliveries(one, { limit: 2 });
    const rest = await store.listDeliveries(one, { limit: 2, after: first.next });
    const found = [...first.items, ...rest.items].map(({ id }) => id);
    expect(found).toEqual(["d", "c", "b", "a"]);
    expect(rest.next).toBeUndefined();
  });

  test("what is rare is found on some page, however much stands before it", async () => {
    const { store } = context;
    await createAll(
      store,
      one,
      ["t", "u"].map((id) => makeTarget(id)),
    );
    const rare = makeDelivery("rare", { target: targetId("u") });
    const others = Array.from({ length: 10_001 }, (_, index) =>
      makeDelivery(`m${index}`, { createdAt: seconds(1) }),
    );
    await store.enqueue(one, [rare, ...others], start);
    const found: string[] = [];
    let after: string | undefined;
    do {
      const query = {
        eventType: undefined,
        state: "pending",
        since: start,
        limit: 5,
        after,
      } as const;
      const page = await store.listDeliveries(one, { ...query, target: targetId("u") });
      found.push(...page.items.map(({ id }) => id));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(["rare"]);
  });

  test("an attempt is kept as it is given", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const [held] = await claim(store);
    if (held === undefined) throw new Error("nothing was claimed");
    const failed = attempt(1, {
      stage: "connect",
      timedOut: true,
      httpStatus: undefined,
      error: "refused",
      address: undefined,
      responseHeaders: { "retry-after": "5" },
      responseBody: Buffer.alloc(0),
    });
    await store.finishAttempts([{ claim: held, attempt: failed, decide: retryAt(start) }], start);
    expect((await store.readDelivery(one, held.delivery.id))?.log).toEqual([failed]);
  });

  test("changes come in the order of their commits, each delivery once", async () => {
    const { store } = context;
    expect(await store.latestRevision(one)).toBe(0);
    expect(await store.changedDeliveries(one, 0, 10)).toEqual([]);
    await prepare();
    const changed = async (after: number, limit = 10) => {
      const items = (await store.changedDeliveries(one, after, limit)) ?? [];
      return items.map(({ id }) => id).join(" ");
    };
    expect(await changed(0)).toBe("m4 m5 m0 m2 m1 m3");
    const latest = await store.latestRevision(one);
    expect(await changed(latest)).toBe("");
    await store.cancelDelivery(one, "m4", by);
    await store.replayDeliveries(one, { id: "m1" }, by);
    expect(await changed(latest)).toBe("m4 m1");
    expect(await changed(latest, 1)).toBe("m4");
    expect(await store.latestRevision(one)).toBe(latest + 2);
    const [first] = (await store.changedDeliveries(one, latest, 1)) ?? [];
    expect(await changed(first?.revision ?? 0)).toBe("m1");
  });

  test("claims are no changes", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    const latest = await store.latestRevision(one);
    const held = await claim(store);
    await store.renewClaims(held.map(nameOf), start, seconds(60));
    await store.releaseClaims(held.map(nameOf), start);
    expect(await store.latestRevision(one)).toBe(latest);
  });

  test("finished deliveries are pruned with their logs, pending ones stay", async () => {
    const { store } = context;
    await prepare();
    await finish(store, (await claim(store, seconds(30)))[0], undefined, seconds(90));
    const before = await store.latestRevision(one);
    await pruneAll(store, { deliveriesFrom: start });
    expect(await listed(store)).toHaveLength(6);
    await pruneAll(store, { deliveriesFrom: seconds(1) });
    expect((await listed(store)).map(({ id }) => id)).toEqual(["m5", "m4"]);
    expect(await store.latestRevision(one)).toBe(before);
    expect(await store.changedDeliveries(one, 0, 10)).toBeUndefined();
    expect(await store.changedDeliveries(one, before - 2, 10)).toBeUndefined();
    expect(await store.changedDeliveries(one, before - 1, 10)).toHaveLength(1);
    expect(await store.changedDeliveries(one, before, 10)).toEqual([]);
  });
}
