import { expect, test } from "vitest";
import { watchedStore } from "../../../src/delivery/watched-store.ts";
import { instanceId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";

const one = instanceId("one");

const touching = [
  "publishEvents",
  "enqueue",
  "replayDeliveries",
  "retryDelivery",
  "cancelDelivery",
  "createTarget",
  "updateTarget",
  "deleteTarget",
  "setExecution",
  "setFeature",
] as const;

/** Every method resolves, or rejects, with its name. */
function storeOf(settle: (name: string) => Promise<string>): Store {
  const names = [...touching, "listDeliveries"];
  return Object.fromEntries(names.map((name) => [name, () => settle(name)])) as unknown as Store;
}

async function heard(name: keyof Store, settle = async (of: string) => of): Promise<string[]> {
  const told: string[] = [];
  const store = watchedStore(storeOf(settle), (instance) => void told.push(instance));
  const method = store[name] as (instance: string) => Promise<unknown>;
  await method(one).catch(() => undefined);
  return told;
}

test.each(touching)("%s wakes the worker and those who watch", async (name) => {
  expect(await heard(name)).toEqual([one]);
});

test("what fails, and what only reads, wakes nobody", async () => {
  expect(await heard("publishEvents", (name) => Promise.reject(new Error(name)))).toEqual([]);
  expect(await heard("listDeliveries")).toEqual([]);
});
