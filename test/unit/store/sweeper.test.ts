import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { defaultInstance, micros, targetId } from "../../../src/domain/units.ts";
import type { ExpiredTarget, Kept } from "../../../src/store/store.ts";
import { keptAt, startSweeper } from "../../../src/store/sweeper.ts";
import { sampleTarget } from "../../support/targets.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const now = micros(1_790_000_000_000_000);
const day = 86_400_000;
const forever = Number.POSITIVE_INFINITY;

const retention = {
  keepDeliveries: 30 * day,
  keepDeliveriesCount: 1000,
  keepEventIds: 7 * day,
  keepChanges: 400 * day,
  keepDeletedTargets: 90 * day,
};

const before = (days: number) => now - days * day * 1000;

test("what is kept follows from the settings", () => {
  expect(keptAt(now, retention)).toEqual({
    deliveriesFrom: before(30),
    deliveries: 1000,
    eventIdsFrom: before(7),
    changesFrom: before(400),
    deletedTargetsFrom: before(90),
  });
});

test("what is kept for ever has no time, and deletions are known as long as deliveries", () => {
  const kept = keptAt(now, { ...retention, keepDeliveries: forever, keepChanges: forever });
  expect(kept).toMatchObject({ deliveriesFrom: 0, changesFrom: 0, deletedTargetsFrom: 0 });
});

/** A sweeper over a store that notes what it is asked. */
function sweeper(
  work: { sweep?: () => number; prune?: () => boolean; expired?: () => ExpiredTarget[] } = {},
) {
  const noted = {
    sweeps: 0,
    prunes: [] as Kept[],
    errors: [] as unknown[],
    deleted: [""].slice(1),
  };
  const stop = startSweeper({
    store: {
      async sweep() {
        noted.sweeps++;
        return work.sweep?.() ?? 0;
      },
      async prune(kept) {
        noted.prunes.push(kept);
        return work.prune?.() ?? false;
      },
      expiredTargets: async () => work.expired?.() ?? [],
      async deleteTarget(_instance, id, check) {
        check(sampleTarget({ id, expiresAt: now }));
        noted.deleted.push(id);
        return now;
      },
    },
    clock: () => now,
    retention,
    onError: (cause) => void noted.errors.push(cause),
  });
  return { noted, stop };
}

test("it sweeps once a second and prunes once a minute, each to the end", async () => {
  let rows = 3;
  let more = 4;
  const { noted, stop } = sweeper({ sweep: () => rows--, prune: () => more-- > 0 });
  await vi.advanceTimersByTimeAsync(1000);
  expect([noted.sweeps, noted.prunes.length]).toEqual([4, 0]);
  await vi.advanceTimersByTimeAsync(59_000);
  await expect.poll(() => noted.prunes.length).toBe(5);
  expect(noted.prunes[0]).toEqual(keptAt(now, retention));
  await stop();
});

test("each sweep deletes the temporary targets whose time is up, to the end", async () => {
  const left = ["a", "b", "c"].map((id) => ({ instance: defaultInstance, id: targetId(id) }));
  const { noted, stop } = sweeper({ expired: () => left.splice(0, 2) });
  await vi.advanceTimersByTimeAsync(1000);
  expect(noted.deleted).toEqual(["a", "b", "c"]);
  await stop();
});

test("a failure is told, and the next time it is tried again", async () => {
  const failure = new Error("disk");
  const { noted, stop } = sweeper({
    prune() {
      throw failure;
    },
  });
  await vi.advanceTimersByTimeAsync(120_000);
  expect(noted.errors).toEqual([failure, failure]);
  await stop();
});

test("the stop ends a pruning that would go on", async () => {
  const { noted, stop } = sweeper({ prune: () => true });
  await vi.advanceTimersByTimeAsync(60_000);
  await expect.poll(() => noted.prunes.length).toBeGreaterThan(1);
  await stop();
  const { length } = noted.prunes;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(noted.prunes).toHaveLength(length);
});
