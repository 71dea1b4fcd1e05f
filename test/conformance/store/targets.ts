import { expect, test } from "vitest";
import type { TargetSettings } from "../../../src/domain/target.ts";
import { instanceId, micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import {
  by,
  changesOf,
  createAll,
  done,
  later,
  makeTarget,
  one,
  start,
  storeError,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const variants: readonly [string, Partial<TargetSettings>][] = [
  ["plain", {}],
  ["a webhook that interrupts", { type: { kind: "restWebhook", interruptOnError: true } }],
  ["a call", { type: { kind: "restCall", interruptOnError: true } }],
  ["an async one", { type: { kind: "restAsync", interruptOnError: false } }],
  ["the shortest timeout", { timeout: nanoseconds(1) }],
  ["an odd timeout", { timeout: nanoseconds(269_999_999_999) }],
  ["JWT", { payloadType: "jwt" }],
  ["JWE", { payloadType: "jwe" }],
  ["disabled", { disabled: true }],
  ["ordered", { ordered: true }],
  [
    "headers",
    {
      headers: new Map([
        ["x-b", "ß \u{1f511}"],
        ["x-a", ""],
        ["__proto__", "p"],
      ]),
    },
  ],
  [
    "a delivery policy",
    {
      deliveryPolicy: {
        retryDelays: [nanoseconds(0), nanoseconds(86_400_000_000_000), nanoseconds(5)],
        clientErrorsFinal: true,
        maxConcurrency: 1000,
        maxPerSecond: 100_000,
      },
    },
  ],
  [
    "an empty delivery policy",
    {
      deliveryPolicy: {
        retryDelays: [],
        clientErrorsFinal: false,
        maxConcurrency: 0,
        maxPerSecond: 0,
      },
    },
  ],
  ["a long endpoint", { endpoint: `https://example.com/${"ü%25?&'\"".repeat(200)}` }],
  ["a name in other scripts", { name: "Ζεύς ключ 標的 הדף \u0301e" }],
  ["a name of 1000 emoji", { name: "\u{1f3af}".repeat(1000) }],
  ["a name with quotes and wildcards", { name: `'; DROP TABLE targets; -- " % _ \\ ?` }],
];

export function targetCases(context: SuiteContext): void {
  test.each(variants)("reads back what was created: %s", async (_what, settings) => {
    const target = makeTarget("t", settings);
    expect(done(await context.store.createTarget(one, target, by))).toEqual(target);
    expect(await context.store.getTarget(one, target.id, start)).toEqual(target);
  });

  test("reads back times and keys to the microsecond", async () => {
    const target = makeTarget(
      "t",
      {},
      {
        createdAt: micros(1_790_000_000_000_001),
        changedAt: micros(1_790_000_000_999_999),
        previousKeys: [
          { id: "z", secret: "whsec_oldest", expiresAt: micros(later(9) + 1) },
          { id: "a", secret: "whsec_older", expiresAt: later(3) },
        ],
      },
    );
    await context.store.createTarget(one, target, by);
    expect(await context.store.getTarget(one, target.id, start)).toEqual(target);
  });

  test("a target that was never created is undefined", async () => {
    expect(await context.store.getTarget(one, targetId("none"), start)).toBeUndefined();
  });

  test.each([
    ["the same", "Billing", "Billing"],
    ["another case", "Billing", "bILLING"],
    ["another case beyond ASCII", "ÀÉ-ЖДИ", "àé-жди"],
    ["another normal form", "Caf\u00e9", "cafe\u0301"],
  ])("a name is taken by a name that is %s", async (_what, first, second) => {
    await context.store.createTarget(one, makeTarget("a", { name: first }), by);
    const twin = makeTarget("b", { name: second });
    await expect(context.store.createTarget(one, twin, by)).rejects.toEqual(
      storeError("name-taken"),
    );
    expect(await context.store.getTarget(one, twin.id, start)).toBeUndefined();
  });

  test.each([
    ["ß", "ss"],
    ["a", "a "],
    ["a", "\u0430"],
    ["ﬁ", "fi"],
  ])("the names %j and %j are different", async (first, second) => {
    const targets = [makeTarget("a", { name: first }), makeTarget("b", { name: second })];
    await createAll(context.store, one, targets);
    expect(await context.store.getTarget(one, targetId("b"), start)).toEqual(targets[1]);
  });

  test("of many creates of one name at once exactly one succeeds", async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `t${index}`);
    const results = await Promise.allSettled(
      ids.map((id) => context.store.createTarget(one, makeTarget(id, { name: "same" }), by)),
    );
    const failures = results.filter((result) => result.status === "rejected");
    expect(failures).toHaveLength(19);
    for (const { reason } of failures) expect(reason).toEqual(storeError("name-taken"));
  });

  test("an id that exists is refused and nothing of it changes", async () => {
    const target = makeTarget("t");
    await context.store.createTarget(one, target, by);
    await expect(
      context.store.createTarget(one, makeTarget("t", { name: "other" }), by),
    ).rejects.toEqual(storeError("broken"));
    expect(await context.store.getTarget(one, target.id, start)).toEqual(target);
  });

  test("a dry create passes the checks and writes nothing", async () => {
    const target = makeTarget("t");
    const options = { ...by, dryRun: true };
    expect(done(await context.store.createTarget(one, target, options))).toEqual(target);
    expect(await context.store.getTarget(one, target.id, start)).toBeUndefined();
    expect(await changesOf(context.store, one, { resourceId: target.id })).toEqual([]);
    await context.store.createTarget(one, target, by);
  });

  test("an instance that does not exist takes no target", async () => {
    const none = instanceId("none");
    await expect(context.store.createTarget(none, makeTarget("t"), by)).rejects.toEqual(
      storeError("not-found"),
    );
    expect(await context.store.getTarget(none, targetId("t"), start)).toBeUndefined();
    expect(await changesOf(context.store, none)).toEqual([]);
  });

  test("a dry create finds a taken name", async () => {
    await context.store.createTarget(one, makeTarget("a", { name: "x" }), by);
    await expect(
      context.store.createTarget(one, makeTarget("b", { name: "X" }), { ...by, dryRun: true }),
    ).rejects.toEqual(storeError("name-taken"));
  });

  test("keys are not shown from the moment they expire", async () => {
    const previousKeys = [
      { id: "p1", secret: "whsec_p1", expiresAt: later(5) },
      { id: "p2", secret: "whsec_p2", expiresAt: later(3) },
    ];
    await context.store.createTarget(one, makeTarget("t", {}, { previousKeys }), by);
    const keysAt = async (now: typeof start) =>
      (await context.store.getTarget(one, targetId("t"), now))?.previousKeys.map(({ id }) => id);
    expect(await keysAt(micros(later(3) - 1))).toEqual(["p1", "p2"]);
    expect(await keysAt(later(3))).toEqual(["p1"]);
    expect(await keysAt(later(5))).toEqual([]);
  });
}
