/**
 * The look-up of the execution that runs, with few and with many executions: the same calls on both
 * in turn, each answer checked.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conditionId, requestCandidates } from "../src/domain/condition.ts";
import { setTargets } from "../src/domain/execution-update.ts";
import { defaultInstance, targetId } from "../src/domain/units.ts";
import type { Store } from "../src/store/store.ts";
import { medianOf, printTable } from "./report.ts";
import { at, author, benchTarget, openBenchStore } from "./support/store.ts";

const sizes = [10, 100_000] as const;
const rounds = 9;
const lookUpsPerRound = 20_000;

/** What is looked up: a method that has a list, and one that none of the conditions meets. */
const kinds = [
  { name: "found by its method", service: "bench.v1.Service5", finds: true },
  { name: "not found", service: "bench.v1.Unknown", finds: false },
] as const;

export async function measureRouter(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "targetd-bench-"));
  const stores: Store[] = [];
  try {
    for (const size of sizes) stores.push(await filledStore(join(folder, `${size}.db`), size));
    const times = kinds.map(() => stores.map(() => [] as number[]));
    for (let round = 0; round < rounds; round++) {
      for (const [kind, { service, finds }] of kinds.entries()) {
        for (const [index, store] of stores.entries()) {
          times[kind]?.[index]?.push(await timeOf(store, service, finds));
        }
      }
    }
    report(times.map((row) => row.map(medianOf)));
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A store with one target, and so many executions that call it. */
async function filledStore(file: string, size: number): Promise<Store> {
  const store = await openBenchStore(file);
  const target = benchTarget(targetId("bench"));
  await store.createTarget(defaultInstance, target, author);
  const ids = Array.from({ length: size }, (_, index) =>
    conditionId(`request/bench.v1.Service${index % (size / 10)}/Method${index}`),
  );
  ids[0] = conditionId("request/bench.v1.Service5/Look");
  const targets = [target.id];
  await Promise.all(
    ids.map((id) =>
      store.setExecution(
        defaultInstance,
        id,
        targets,
        (current, missing) => setTargets(current, { id, targets, etag: "" }, missing, at),
        author,
      ),
    ),
  );
  return store;
}

/** Microseconds of one look-up. */
async function timeOf(store: Store, service: string, finds: boolean): Promise<number> {
  const candidates = requestCandidates("request", service, "Look");
  const started = performance.now();
  for (let count = 0; count < lookUpsPerRound; count++) {
    const found = await store.findExecution(defaultInstance, candidates, at);
    if ((found !== undefined) !== finds) throw new Error("the look-up answered something else");
  }
  return ((performance.now() - started) * 1000) / lookUpsPerRound;
}

function report(medians: readonly (readonly number[])[]): void {
  console.log("\nLook-up of an execution, median of rounds that take turns\n");
  printTable(
    ["look-up", ...sizes.map((size) => `${size} executions`), "ratio"],
    kinds.map(({ name }, index) => {
      const [few = 0, many = 0] = medians[index] ?? [];
      return [name, `${few.toFixed(1)} µs`, `${many.toFixed(1)} µs`, (many / few).toFixed(2)];
    }),
  );
}
