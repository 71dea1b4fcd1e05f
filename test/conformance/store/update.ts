import { expect, test } from "vitest";
import type { Target } from "../../../src/domain/target.ts";
import { micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import {
  by,
  changesOf,
  createAll,
  done,
  later,
  makeTarget,
  noChange,
  one,
  rotating,
  setting,
  start,
  storeError,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");

export function updateCases(context: SuiteContext): void {
  const current = (now = start) => context.store.getTarget(one, id, now);

  test("writes every field and resolves with what the change returned", async () => {
    await context.store.createTarget(one, makeTarget("t", { headers: new Map([["a", "1"]]) }), by);
    const next: Target = {
      ...makeTarget("t"),
      changedAt: later(1),
      settings: {
        name: "\u{1f680} new",
        type: { kind: "restCall", interruptOnError: true },
        timeout: nanoseconds(7),
        endpoint: "http://[::1]:1/",
        payloadType: "jwe",
        headers: new Map([["b", "2"]]),
        deliveryPolicy: {
          retryDelays: [nanoseconds(1)],
          clientErrorsFinal: true,
          maxConcurrency: 2,
          maxPerSecond: 3,
        },
        disabled: true,
        ordered: true,
      },
      signingKey: { id: "new", secret: "whsec_new" },
      previousKeys: [{ id: "t-key", secret: "whsec_t", expiresAt: later(9) }],
    };
    const change = { next, fields: [] };
    expect(done(await context.store.updateTarget(one, id, () => change, by))).toBe(change);
    expect(await current()).toEqual(next);
  });

  test("clears headers and delivery policy", async () => {
    const full = {
      headers: new Map([["a", "1"]]),
      deliveryPolicy: {
        retryDelays: [],
        clientErrorsFinal: true,
        maxConcurrency: 0,
        maxPerSecond: 0,
      },
    };
    await context.store.createTarget(one, makeTarget("t", full), by);
    const cleared = { headers: new Map(), deliveryPolicy: undefined };
    await context.store.updateTarget(one, id, setting(cleared), by);
    expect((await current())?.settings).toMatchObject(cleared);
  });

  test("keeps headers that did not change and replaces a value that did", async () => {
    const headers = new Map([
      ["a", "1"],
      ["b", "2"],
    ]);
    await context.store.createTarget(one, makeTarget("t", { headers }), by);
    await context.store.updateTarget(one, id, setting({ headers: new Map(headers) }), by);
    expect((await current())?.settings.headers).toEqual(headers);
    const changed = new Map([
      ["a", "1"],
      ["b", "3"],
    ]);
    await context.store.updateTarget(one, id, setting({ headers: changed }), by);
    expect((await current())?.settings.headers).toEqual(changed);
  });

  test("the same object as the current one writes nothing", async () => {
    const target = makeTarget("t");
    await context.store.createTarget(one, target, by);
    const outcome = done(
      await context.store.updateTarget(one, id, noChange, { ...by, at: later(1) }),
    );
    expect(outcome.next).toEqual(target);
    expect(await current()).toEqual(target);
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
  });

  test("an unknown target is not found and the change is not asked", async () => {
    const change = () => {
      throw new Error("asked");
    };
    await expect(context.store.updateTarget(one, id, change, by)).rejects.toEqual(
      storeError("not-found"),
    );
  });

  test("what the change throws rejects that call alone and writes nothing", async () => {
    const targets = ["a", "t", "b"].map((name) => makeTarget(name));
    await createAll(context.store, one, targets);
    const mistake = new Error("no");
    const refuse = () => {
      throw mistake;
    };
    const results = await Promise.allSettled([
      context.store.updateTarget(one, targetId("a"), setting({ disabled: true }), by),
      context.store.updateTarget(one, id, refuse, by),
      context.store.updateTarget(one, targetId("b"), setting({ disabled: true }), by),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(results[1]).toMatchObject({ reason: mistake });
    expect(await current()).toEqual(targets[1]);
    for (const neighbour of ["a", "b"].map(targetId)) {
      const target = await context.store.getTarget(one, neighbour, start);
      expect(target?.settings.disabled).toBe(true);
    }
  });

  test("a hundred updates of one target at once follow one another", async () => {
    await context.store.createTarget(one, makeTarget("t", { timeout: nanoseconds(1) }), by);
    const seen: number[] = [];
    const increment = (target: Target) => {
      const { timeout } = target.settings;
      return setting({ timeout: nanoseconds(timeout + 1) })(target);
    };
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        const written = await context.store.updateTarget(one, id, increment, by);
        seen.push(done(written).next.settings.timeout);
      }),
    );
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n + 2));
    expect(await current()).toMatchObject({
      changedAt: micros(start + 100),
      settings: { timeout: 101 },
    });
  });

  test("a name that is taken is refused, one's own in other case is not", async () => {
    await createAll(context.store, one, [makeTarget("t"), makeTarget("other")]);
    await expect(
      context.store.updateTarget(one, id, setting({ name: "OTHER", disabled: true }), by),
    ).rejects.toEqual(storeError("name-taken"));
    expect(await current()).toEqual(makeTarget("t"));
    await context.store.updateTarget(one, id, setting({ name: "T" }), by);
    expect((await current())?.settings.name).toBe("T");
  });

  test("a name is free again after a rename", async () => {
    await createAll(context.store, one, [makeTarget("t"), makeTarget("other")]);
    await context.store.updateTarget(one, id, setting({ name: "new" }), by);
    await context.store.updateTarget(one, targetId("other"), setting({ name: "t" }), by);
    expect((await context.store.getTarget(one, targetId("other"), start))?.settings.name).toBe("t");
  });

  test("a dry update passes the checks and writes nothing", async () => {
    await createAll(context.store, one, [makeTarget("t"), makeTarget("other")]);
    const dry = { ...by, dryRun: true };
    const written = await context.store.updateTarget(one, id, setting({ name: "new" }), dry);
    expect(done(written).next.settings.name).toBe("new");
    expect(await current()).toEqual(makeTarget("t"));
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
    await expect(
      context.store.updateTarget(one, id, setting({ name: "other" }), dry),
    ).rejects.toEqual(storeError("name-taken"));
  });

  test("keys keep their order over rotations", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.updateTarget(one, id, rotating("whsec_2", later(9)), by);
    await context.store.updateTarget(one, id, rotating("whsec_1", later(5)), by);
    const target = await current();
    expect(target?.signingKey.secret).toBe("whsec_1");
    expect(target?.previousKeys.map(({ secret }) => secret)).toEqual(["whsec_t", "whsec_2"]);
  });

  test("the change does not see expired keys, and they are gone after it", async () => {
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.updateTarget(one, id, rotating("whsec_2", later(5)), by);
    let seen: readonly unknown[] = ["not called"];
    const look = (target: Target) => {
      seen = target.previousKeys;
      return setting({ ordered: true })(target);
    };
    await context.store.updateTarget(one, id, look, { ...by, at: later(5) });
    expect(seen).toEqual([]);
    expect((await current(start))?.previousKeys).toEqual([]);
  });
}
