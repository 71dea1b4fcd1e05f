import { expect, test } from "vitest";
import { createDeliveryChanges } from "../../../src/delivery/changes.ts";
import { tellingStore } from "../../../src/delivery/telling-store.ts";
import { defaultInstance, instanceId, micros } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";

const other = instanceId("other");
const options = { author: "test", at: micros(1) };

/** A store that does nothing, and how often each instance was told of. */
function told(outcome: () => Promise<unknown>) {
  const changes = createDeliveryChanges();
  const counts = { default: 0, other: 0 };
  changes.onChange(defaultInstance, () => {
    counts.default += 1;
  });
  const stop = changes.onChange(other, () => {
    counts.other += 1;
  });
  const nothing = new Proxy({} as Store, { get: () => outcome });
  return { store: tellingStore(nothing, changes), counts, stop };
}

test("writes about deliveries are told to those who wait for their instance", async () => {
  const { store, counts, stop } = told(async () => undefined);
  await store.retryDelivery(other, "msg_1", options);
  await store.publishEvents(other, [], () => [], options);
  const delivery = { instance: other } as Parameters<Store["finishAttempt"]>[0]["delivery"];
  const attempt = {} as Parameters<Store["finishAttempt"]>[1];
  const decide = () => {
    throw new Error("nobody decides");
  };
  await store.finishAttempt({ delivery, fence: 1 }, attempt, decide, micros(1));
  expect(counts).toEqual({ default: 0, other: 3 });
  stop();
  await store.cancelDelivery(other, "msg_1", options);
  expect(counts).toEqual({ default: 0, other: 3 });
});

test("reads, and writes that fail, are not told", async () => {
  const { store, counts } = told(async () => {
    throw new Error("failed");
  });
  await expect(store.cancelDelivery(other, "msg_1", options)).rejects.toThrow();
  await expect(store.latestRevision(other)).rejects.toThrow();
  expect(counts).toEqual({ default: 0, other: 0 });
});
