/** Data folders with many targets or executions, written by the store as the server writes them. */
import { join } from "node:path";
import { conditionId } from "../../src/domain/condition.ts";
import { setTargets } from "../../src/domain/execution-update.ts";
import { defaultInstance, targetId } from "../../src/domain/units.ts";
import type { Store } from "../../src/store/store.ts";
import { at, author, benchTarget, openBenchStore } from "./store.ts";

/** Writes at the same time. */
const atOnce = 2_000;

/** Targets named bench-0 and so on. */
export function fillTargets(folder: string, count: number): Promise<void> {
  return withStore(folder, (store) => addTargets(store, count));
}

/** A hundred targets, and executions of as many methods that call the first one. */
export function fillExecutions(folder: string, count: number): Promise<void> {
  return withStore(folder, async (store) => {
    await addTargets(store, 100);
    const targets = [targetId(idOf(0))];
    await inBatches(count, (index) => {
      const id = conditionId(`request/bench.v1.Service${index % 10}/Method${index}`);
      const change: Parameters<Store["setExecution"]>[3] = (current, missing) =>
        setTargets(current, { id, targets, etag: "" }, missing, at);
      return store.setExecution(defaultInstance, id, targets, change, author);
    });
  });
}

const idOf = (index: number) => String(index).padStart(21, "0");

function addTargets(store: Store, count: number): Promise<void> {
  return inBatches(count, (index) => {
    const target = benchTarget(targetId(idOf(index)), { name: `bench-${index}` });
    return store.createTarget(defaultInstance, target, author);
  });
}

async function withStore(folder: string, fill: (store: Store) => Promise<void>): Promise<void> {
  const store = await openBenchStore(join(folder, "targetd.db"));
  try {
    await fill(store);
  } finally {
    await store.close();
  }
}

async function inBatches(count: number, write: (index: number) => Promise<unknown>) {
  for (let from = 0; from < count; from += atOnce) {
    const size = Math.min(atOnce, count - from);
    await Promise.all(Array.from({ length: size }, (_, index) => write(from + index)));
  }
}
