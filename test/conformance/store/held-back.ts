import { expect, test } from "vitest";
import type { Target } from "../../../src/domain/target.ts";
import { type Micros, targetId } from "../../../src/domain/units.ts";
import type { AttemptSituation } from "../../../src/store/claims.ts";
import {
  attempt,
  claim,
  closed,
  deciding,
  eventsOf,
  finish,
  limits,
  listenWith,
  makeEvent,
  manyEvents,
  openUntil,
  policy,
  publish,
  retryAt,
  seconds,
  statesOf,
} from "./delivery-fixtures.ts";
import { changesOf, makeTarget, noChange, one, setting, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");

/** When nothing may be claimed, although it is due. */
export function heldBackCases(context: SuiteContext): void {
  test("nothing of a disabled target is claimed, and enabling it makes it due", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { disabled: true });
    await publish(store, [makeEvent("e")]);
    expect(await claim(store)).toEqual([]);
    expect(await store.nextDue()).toBeUndefined();
    await publish(store, [makeEvent("f")]);
    expect(await store.nextDue()).toBeUndefined();
    await store.updateTarget(one, id, setting({ disabled: false }), {
      author: "a",
      at: seconds(5),
    });
    expect(await store.nextDue()).toBe(seconds(5));
    expect(eventsOf(await claim(store, seconds(5)))).toEqual(["e", "f"]);
  });

  test("a raised limit counts at once, an update that changes nothing does nothing", async () => {
    const { store } = context;
    await listenWith(store, ["t"], policy(1));
    await publish(store, manyEvents(3));
    await claim(store);
    expect(await claim(store)).toEqual([]);
    await store.updateTarget(one, id, noChange, { author: "a", at: start });
    expect(await claim(store)).toEqual([]);
    await store.updateTarget(one, id, setting(policy(3)), { author: "a", at: start });
    expect(await claim(store)).toHaveLength(2);
  });

  test("no more of a target is claimed than is asked for, and its queue waits as long", async () => {
    const { store } = context;
    await listenWith(store, ["t", "u"], policy(10));
    await publish(store, manyEvents(5));
    const allowance = ({ id: target }: Target) =>
      target === id ? { calls: 2, nextAt: seconds(3) } : { calls: 0, nextAt: seconds(2) };
    const held = await claim(store, start, { allowance });
    expect(held.map(({ delivery }) => delivery.target)).toEqual([id, id]);
    expect(await store.nextDue()).toBe(seconds(2));
    expect(await claim(store, seconds(1))).toEqual([]);
    expect(await claim(store, seconds(2))).toHaveLength(5);
    expect(await claim(store, seconds(3))).toHaveLength(3);
  });

  test("what one worker has no room for is left to others at once", async () => {
    const { store } = context;
    await listenWith(store, ["t"], policy(10));
    await publish(store, manyEvents(5));
    const allowance = () => ({ calls: 2, nextAt: start });
    expect(await claim(store, start, { allowance })).toHaveLength(2);
    expect(await claim(store, start, { allowance: () => ({ calls: 0, nextAt: start }) })).toEqual(
      [],
    );
    expect(await store.nextDue()).toBe(start);
    expect(await claim(store)).toHaveLength(3);
  });

  test("a new endpoint begins with a new breaker", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e"), makeEvent("f")]);
    const [held] = await claim(store, start, { total: 1 });
    await finish(store, held, retryAt(seconds(5), openUntil(seconds(600))));
    expect(await claim(store, seconds(5))).toEqual([]);
    const endpoint = setting({ endpoint: "https://new.example" });
    await store.updateTarget(one, id, endpoint, { author: "a", at: seconds(6) });
    expect(await claim(store, seconds(6))).toHaveLength(2);
  });

  test("nothing is claimed while the feature is off, and it costs a look a second", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    await store.setFeature(one, "actions", false, { author: "a", at: start });
    expect(await claim(store)).toEqual([]);
    expect(await store.nextDue()).toBe(seconds(1));
    await publish(store, [makeEvent("f")]);
    expect(await store.nextDue()).toBe(seconds(1));
    await store.setFeature(one, "actions", undefined, { author: "a", at: start });
    expect(await claim(store, seconds(1), { active: false })).toEqual([]);
    await store.setFeature(one, "actions", true, { author: "a", at: start });
    expect(await claim(store, seconds(2), { active: false })).toHaveLength(2);
  });

  test("an open breaker holds everything back, then lets one through", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(5));
    const held = await claim(store, start, { perTarget: 2 });
    await finish(store, held[0], retryAt(seconds(1), openUntil(seconds(60))));
    await publish(store, [makeEvent("late")]);
    expect(await store.nextDue()).toBe(seconds(60));
    expect(await claim(store, seconds(59))).toEqual([]);
    const [probe, ...more] = await claim(store, seconds(60));
    expect(more).toEqual([]);
    expect(await claim(store, seconds(61))).toEqual([]);
    await finish(
      store,
      probe,
      (situation) => {
        expect(situation.breaker).toMatchObject({ state: "half-open", openUntil: undefined });
        return deciding({ breaker: closed })(situation);
      },
      seconds(62),
    );
    expect(await claim(store, seconds(62))).toHaveLength(5);
  });

  test("a target whose secrets cannot be read holds back nobody else", async () => {
    const { store, harness } = context;
    await listenWith(store, ["t", "u"]);
    await publish(store, [makeEvent("e")]);
    await store.close();
    await harness.spoilKeys(one, id);
    const opened = await context.reopen();
    const unreadable: unknown[] = [];
    const claimed = (at: Micros) =>
      opened.claimDeliveries(at, limits, (about, cause) =>
        unreadable.push([about.target, cause.code]),
      );
    expect((await claimed(start)).map(({ delivery }) => delivery.target)).toEqual(["u"]);
    expect(unreadable).toEqual([["t", "broken"]]);
    await publish(opened, [makeEvent("f")]);
    expect(await claimed(seconds(59))).toHaveLength(2);
    expect(unreadable).toHaveLength(1);
    expect(await claimed(seconds(60))).toEqual([]);
    expect(unreadable).toHaveLength(2);
    expect(Object.values(await statesOf(opened))).not.toContain("failed");
  });

  test("a half-open breaker whose one call is lost lets another through", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(3));
    const [held] = await claim(store, start, { perTarget: 1 });
    await finish(store, held, retryAt(seconds(1), openUntil(seconds(10))));
    expect(await claim(store, seconds(10))).toHaveLength(1);
    expect(await claim(store, seconds(39))).toEqual([]);
    expect(await claim(store, seconds(40))).toHaveLength(1);
  });

  test("of several results in one action, those after the one that disables see it disabled", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(3));
    const seen: boolean[] = [];
    const results = (await claim(store)).map((held) => ({
      ...{ claim: held, attempt: attempt(1) },
      decide(situation: AttemptSituation) {
        const { disabled } = situation.settings;
        seen.push(disabled);
        const disable = disabled ? undefined : "gone";
        return deciding({ state: "failed", disable })(situation);
      },
    }));
    expect(await store.finishAttempts(results, start)).toEqual([true, true, true]);
    expect(seen.slice(-3)).toEqual([false, true, true]);
    const changes = await changesOf(store, one);
    expect(changes.filter(({ author }) => author === "targetd")).toHaveLength(1);
  });

  test("a target that is gone is disabled in the same action, and enabling it begins anew", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, manyEvents(2));
    const [held] = await claim(store, start, { perTarget: 1 });
    const broken = openUntil(seconds(600));
    await finish(store, held, deciding({ state: "failed", disable: "gone", breaker: broken }));
    const target = await store.getTarget(one, id, start);
    expect(target?.settings.disabled).toBe(true);
    expect(target?.changedAt).toBeGreaterThan(makeTarget("t").changedAt);
    const [change] = await changesOf(store, one);
    expect(change).toMatchObject({
      author: "targetd",
      at: target?.changedAt,
      resourceType: "target",
      resourceId: "t",
      action: "changed",
      fields: [
        { field: "disabled", old: false, new: true },
        { field: "disabled.reason", old: null, new: "gone" },
      ],
    });
    expect(await claim(store, seconds(601))).toEqual([]);
    const at = seconds(2);
    await store.updateTarget(one, id, setting({ disabled: false }), { author: "a", at });
    const [next] = await claim(store, at);
    await finish(store, next, (situation) => {
      expect(situation.breaker).toMatchObject({ state: "closed", failingSince: undefined });
      return deciding()(situation);
    });
    expect(await statesOf(store)).toEqual({ e0: "failed", e1: "succeeded" });
  });
}
