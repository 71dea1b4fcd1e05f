import { expect, test } from "vitest";
import { createPermits } from "../../../src/store/postgres/permits.ts";

const late = () => new Error("late");

test("the queue shows who waits, and since when", async () => {
  const permits = createPermits(1, 60_000, late);
  await permits.take();
  expect(permits.queue.length).toBe(0);
  const before = performance.now();
  const first = permits.take();
  const { since } = permits.queue;
  const second = permits.take();
  expect(permits.queue.length).toBe(2);
  expect(permits.queue.since).toBe(since);
  expect(since).toBeGreaterThanOrEqual(before);
  permits.give();
  await first;
  expect(permits.queue.length).toBe(1);
  expect(permits.queue.since).toBeGreaterThanOrEqual(since);
  permits.give();
  await second;
  expect(permits.queue.length).toBe(0);
});

test("who is refused waits no longer", async () => {
  const permits = createPermits(1, 60_000, late);
  await permits.take();
  const waiting = permits.take();
  permits.refuse(new Error("away"));
  await expect(waiting).rejects.toThrow("away");
  expect(permits.queue.length).toBe(0);
});
