/** Results of attempts that are written together. */
import { expect, test } from "vitest";
import type { Breaker } from "../../../src/domain/breaker.ts";
import { targetId } from "../../../src/domain/units.ts";
import type { AttemptResult, ClaimedDelivery } from "../../../src/store/claims.ts";
import {
  attempt,
  claim,
  closed,
  deciding,
  finish,
  listenWith,
  makeDelivery,
  makeEvent,
  manyEvents,
  openUntil,
  policy,
  publish,
  retryAt,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { changesOf, createAll, makeTarget, one, start, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const result = (
  held: ClaimedDelivery | undefined,
  decide: AttemptResult["decide"] = deciding(),
): AttemptResult => {
  if (held === undefined) throw new Error("nothing was claimed");
  return { claim: held, attempt: attempt(held.delivery.attempts + 1), decide };
};

export function resultCases(context: SuiteContext): void {
  test("results of many targets and instances are each told whether they count", async () => {
    const { store } = context;
    await listenWith(store, ["t", "u"]);
    await listenWith(store, ["t"], {}, two);
    await publish(store, manyEvents(2));
    await publish(store, [makeEvent("e0")], { instance: two });
    const held = await claim(store);
    expect(held).toHaveLength(5);
    const [lost, ...others] = held;
    await finish(store, lost);
    const counts = await store.finishAttempts(
      [result(lost), ...others.map((each) => result(each))],
      seconds(1),
    );
    expect(counts).toEqual([false, true, true, true, true]);
    expect(await statesOf(store)).toEqual({ e0: "succeeded", e1: "succeeded" });
    expect(await statesOf(store, two)).toEqual({ e0: "succeeded" });
    for (const { delivery } of held) {
      const found = await store.readDelivery(delivery.instance, delivery.id);
      expect(found?.log).toEqual([attempt(1)]);
    }
    expect(await store.nextDue()).toBeUndefined();
  });

  test("none of no results is nothing", async () => {
    expect(await context.store.finishAttempts([], start)).toEqual([]);
  });

  test("each decision sees what the one before has made of the breaker", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(3));
    const held = await claim(store);
    const seen: Breaker[] = [];
    const counting: AttemptResult["decide"] = ({ breaker }) => {
      seen.push(breaker);
      const next = { ...closed, windowFailures: breaker.windowFailures + 1 };
      return deciding({ breaker: seen.length === 3 ? openUntil(seconds(60)) : next })({} as never);
    };
    await store.finishAttempts(
      held.map((each) => result(each, counting)),
      start,
    );
    expect(seen.map(({ windowFailures }) => windowFailures)).toEqual([0, 1, 2]);
    await publish(store, [makeEvent("later")]);
    expect(await store.nextDue()).toBe(seconds(60));
  });

  test("what one decision throws rejects all, with nothing written", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(2));
    const [first, second] = await claim(store);
    const failing = () => {
      throw new Error("no decision");
    };
    const both = store.finishAttempts([result(first), result(second, failing)], start);
    await expect(both).rejects.toThrow("no decision");
    expect(await store.finishAttempts([result(first), result(second)], start)).toEqual([
      true,
      true,
    ]);
  });

  test("a claim takes the places of results that were given before it", async () => {
    const { store } = context;
    await listenWith(store, ["t"], policy(2));
    await publish(store, manyEvents(5));
    const results = (await claim(store)).map((held) => result(held));
    const [written, claims] = await Promise.all([
      store.finishAttempts(results, start),
      claim(store),
    ]);
    expect([written, claims.length]).toEqual([[true, true], 2]);
  });

  test("of those whose target is disabled by one of them, the others count too", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(3));
    const [first, second, third] = await claim(store);
    const disabled: boolean[] = [];
    const noting: AttemptResult["decide"] = (situation) => {
      disabled.push(situation.settings.disabled);
      return deciding({ state: "failed", disable: "gone" })(situation);
    };
    await store.finishAttempts(
      [result(first), result(second, noting), result(third, noting)],
      start,
    );
    expect(disabled.slice(-2)).toEqual([false, true]);
    expect(await statesOf(store)).toEqual({ e0: "succeeded", e1: "failed", e2: "failed" });
    const changes = await changesOf(store, one, { resourceId: "t" });
    expect(changes.filter(({ action }) => action === "changed")).toHaveLength(1);
  });

  test("the next of each order goes, those of one call in any order", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t", { ordered: true, ...policy(100) })]);
    const target = targetId("t");
    const line = ["a1", "a2", "b1", "b2"].map((id) =>
      makeDelivery(id, { target, orderKey: id.slice(0, 1) }),
    );
    await store.enqueue(one, line, start);
    const held = await claim(store);
    expect(held.map(({ delivery }) => delivery.id).sort()).toEqual(["a1", "b1"]);
    const again = held.find(({ delivery }) => delivery.id === "b1");
    await store.finishAttempts(
      held.map((each) => result(each, each === again ? retryAt(seconds(5)) : undefined)),
      start,
    );
    const next = await claim(store, seconds(9));
    expect(next.map(({ delivery }) => delivery.id).sort()).toEqual(["a2", "b1"]);
  });
}
