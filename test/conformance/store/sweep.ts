import { expect, test } from "vitest";
import { micros, targetId } from "../../../src/domain/units.ts";
import type { TokenRecord } from "../../../src/store/token-store.ts";
import {
  by,
  changesOf,
  createAll,
  fingerprint,
  later,
  makeTarget,
  makeToken,
  one,
  replay,
  start,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const key = (name: string, minutes: number) => ({
  id: name,
  secret: `whsec_${name}`,
  expiresAt: later(minutes),
});

export function sweepCases(context: SuiteContext): void {
  test("expired keys are gone for good, the others stay", async () => {
    const previousKeys = [key("p9", 9), key("p5", 5), key("p1", 1)];
    await context.store.createTarget(one, makeTarget("t", {}, { previousKeys }), by);
    await context.store.createTarget(two, makeTarget("t", {}, { previousKeys }), by);
    expect(await context.store.sweep(later(5))).toBe(4);
    for (const instance of [one, two]) {
      const target = await context.store.getTarget(instance, id, start);
      expect(target).toEqual(makeTarget("t", {}, { previousKeys: [key("p9", 9)] }));
    }
  });

  test("answers that have run out are gone for good, the others stay", async () => {
    const create = (requestId: string, minutes: number, id = requestId) => {
      const remembered = replay(() => "answer", { requestId, keepUntil: later(minutes) });
      return context.store.createTarget(one, makeTarget(id), { ...by, replay: remembered });
    };
    await create("a", 1);
    await create("b", 5);
    await create("c", 9);
    expect(await context.store.sweep(later(5))).toBe(2);
    expect(await create("a", 1, "new")).toMatchObject({ kind: "done" });
    expect(await create("c", 9, "newer")).toMatchObject({ kind: "replayed" });
  });

  test("tokens that ended 90 days ago are gone for good, the others stay", async () => {
    const days = (count: number) => later(count * 24 * 60);
    const ends: Readonly<Record<string, Partial<TokenRecord>>> = {
      permanent: {},
      "expired long ago": { expiresAt: days(0) },
      "revoked long ago": { revokedAt: days(0) },
      "revoked long before its end": { revokedAt: days(0), expiresAt: days(900) },
      "expired long before it was revoked": { revokedAt: days(90), expiresAt: days(0) },
      "expired 90 days ago, nearly": { expiresAt: micros(days(0) + 1) },
      "revoked 90 days ago, nearly": { revokedAt: micros(days(0) + 1) },
      "not yet expired": { expiresAt: days(91) },
    };
    for (const [text, parts] of Object.entries(ends)) {
      await context.store.createToken(makeToken(text, { ...parts, permissions: ["p"] }), by);
    }
    const before = await changesOf(context.store, one);
    expect(await context.store.sweep(days(90))).toBe(4);
    const left: string[] = [];
    for (const text of Object.keys(ends)) {
      if ((await context.store.findToken(fingerprint(text))) !== undefined) left.push(text);
    }
    expect(left).toEqual([
      "permanent",
      "expired 90 days ago, nearly",
      "revoked 90 days ago, nearly",
      "not yet expired",
    ]);
    expect(await changesOf(context.store, one)).toEqual(before);
    expect(await context.store.sweep(days(90))).toBe(0);
    expect(await context.store.sweep(micros(days(90) + 1))).toBe(2);
  });

  test("nothing to do is 0", async () => {
    const previousKeys = [key("p1", 1)];
    await context.store.createTarget(one, makeTarget("t", {}, { previousKeys }), by);
    expect(await context.store.sweep(micros(later(1) - 1))).toBe(0);
    expect(await context.store.sweep(later(1))).toBe(1);
    expect(await context.store.sweep(later(1))).toBe(0);
  });

  test("a sweep changes neither the target nor its history", async () => {
    const previousKeys = [key("p1", 1)];
    await context.store.createTarget(one, makeTarget("t", {}, { previousKeys }), by);
    await context.store.sweep(later(1));
    expect(await context.store.getTarget(one, id, start)).toEqual(makeTarget("t"));
    expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(1);
  });

  test("a lot is swept in bounded steps", async () => {
    const keys = Array.from({ length: 1200 }, (_, index) => key(`p${index}`, 1));
    await createAll(context.store, one, [makeTarget("t", {}, { previousKeys: keys })]);
    const steps: number[] = [];
    for (;;) {
      const deleted = await context.store.sweep(later(1));
      if (deleted === 0) break;
      steps.push(deleted);
    }
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(1200);
    expect(Math.max(...steps)).toBeLessThanOrEqual(500);
  });
}
