import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  eventsOf,
  finish,
  listenWith,
  makeDelivery,
  makeEvent,
  manyEvents,
  openUntil,
  publish,
  retryAt,
  seconds,
} from "./delivery-fixtures.ts";
import { createAll, makeTarget, one, setting, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

/** What becomes of claims whose holder died, and of what a clock that was wrong has written. */
export function reopenedCases(context: SuiteContext): void {
  test("an exclusive store gives all claims back when it opens, others wait for their leases", async () => {
    await listenWith(context.store, ["t"]);
    await createAll(context.store, one, [makeTarget("u")]);
    await publish(context.store, manyEvents(10));
    await context.store.enqueue(one, [makeDelivery("m", { target: targetId("u") })], start);
    const held = await claim(context.store);
    expect(held).toHaveLength(11);
    const store = await context.reopen();
    const again = await claim(store, start);
    expect(again).toHaveLength(context.harness.isExclusive ? 11 : 0);
    const all = [
      ...again,
      ...(await claim(store, seconds(29))),
      ...(await claim(store, seconds(30))),
    ];
    const ids = new Set(all.map(({ delivery }) => delivery.id));
    expect(ids).toEqual(new Set(held.map(({ delivery }) => delivery.id)));
    expect(all.every(({ delivery }) => delivery.attempts === 0)).toBe(true);
  });

  test("what waits for its time goes on waiting, and is found then", async () => {
    await listenWith(context.store, ["t"]);
    await publish(context.store, [makeEvent("a"), makeEvent("b")]);
    for (const held of await claim(context.store)) {
      await finish(context.store, held, retryAt(seconds(600)));
    }
    const store = await context.reopen({ at: seconds(1) });
    expect(await claim(store, seconds(599))).toEqual([]);
    expect(await store.nextDue()).toBe(seconds(600));
    expect(eventsOf(await claim(store, seconds(600)))).toEqual(["a", "b"]);
  });

  test("an exclusive store frees what a clock that was ahead has put off", async () => {
    await createAll(context.store, one, [makeTarget("t")]);
    await context.store.enqueue(one, [makeDelivery("m")], start);
    const year = seconds(365 * 86_400);
    const [held] = await claim(context.store, year);
    await finish(context.store, held, retryAt(seconds(365 * 86_400 + 5)), year);
    const store = await context.reopen({ at: seconds(60) });
    const { isExclusive } = context.harness;
    expect(await claim(store, seconds(60))).toHaveLength(isExclusive ? 1 : 0);
  });

  test("no place among the changes is given twice, even if the last ones were lost", async () => {
    await createAll(context.store, one, [makeTarget("t")]);
    await context.store.enqueue(one, [makeDelivery("m")], start);
    const before = await context.store.latestRevision(one);
    const store = await context.reopen();
    await store.enqueue(one, [makeDelivery("n")], start);
    expect(await store.latestRevision(one)).toBeGreaterThan(before);
    expect(await store.changedDeliveries(one, before, 10)).toMatchObject([{ id: "n" }]);
  });

  test("what may not be called may not be called after opening either", async () => {
    await listenWith(context.store, ["open", "off"]);
    await publish(context.store, [makeEvent("e"), makeEvent("f")]);
    const held = await claim(context.store, start, { perTarget: 1 });
    const failed = held.find(({ delivery }) => delivery.target === "open");
    await finish(context.store, failed, retryAt(start, openUntil(seconds(300))));
    const off = setting({ disabled: true });
    await context.store.updateTarget(one, targetId("off"), off, { author: "a", at: start });
    const store = await context.reopen({ at: seconds(1) });
    expect(await claim(store, seconds(60))).toEqual([]);
    const open = await claim(store, seconds(300));
    expect(open.map(({ delivery }) => delivery.target)).toEqual(["open"]);
  });

  test("what a clock that was ahead has made is due, in an exclusive store", async () => {
    const ahead = seconds(86_400);
    await listenWith(context.store, ["t", "u"], { ordered: true });
    const line = ["a", "b"].map((id) => makeEvent(id, { aggregateId: "order" }));
    await publish(context.store, line, { at: ahead });
    const store = await context.reopen({ at: seconds(10) });
    const due = eventsOf(await claim(store, seconds(10))).sort();
    expect(due).toEqual(context.harness.isExclusive ? ["a", "a"] : []);
  });
}
