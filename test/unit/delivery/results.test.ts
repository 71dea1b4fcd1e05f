import { expect, test } from "vitest";
import { gatherResults } from "../../../src/delivery/results.ts";
import { micros } from "../../../src/domain/units.ts";
import type { AttemptResult } from "../../../src/store/claims.ts";
import { StoreError } from "../../../src/store/store.ts";

const result = (id: string) => ({ claim: { delivery: { id } } }) as AttemptResult;
const idsOf = (results: readonly AttemptResult[]) => results.map(({ claim }) => claim.delivery.id);

/** Results on their way to a store that refuses some, and notes what each write had. */
function gathering(refused: Readonly<Record<string, StoreError>> = {}) {
  const writes: (readonly string[])[] = [];
  const seen: string[] = [];
  const results = gatherResults({
    store: {
      async finishAttempts(written) {
        const ids = idsOf(written);
        writes.push(ids);
        for (const id of ids) if (refused[id] !== undefined) throw refused[id];
        return ids.map((id) => id !== "lost");
      },
    },
    clock: () => micros(0),
    onGathered: (gathered) => void seen.push(...idsOf([gathered])),
  });
  return { results, writes, seen };
}

test("results are written together, and each learns whether it counts", async () => {
  const { results, writes, seen } = gathering();
  const written = ["a", "lost", "b"].map((id) => results.write(result(id)));
  expect(seen).toEqual(["a", "lost", "b"]);
  expect(results.unwritten).toBe(3);
  expect(results.flush()).toBe(true);
  expect(results.flush()).toBe(false);
  expect(await Promise.all(written)).toEqual([true, false, true]);
  expect(writes).toEqual([["a", "lost", "b"]]);
  expect(results.unwritten).toBe(0);
});

test("one that the store cannot take costs the others nothing", async () => {
  const { results, writes } = gathering({ bad: new StoreError("broken", "no") });
  const written = ["a", "bad", "b"].map((id) => results.write(result(id)));
  results.flush();
  expect(await Promise.allSettled(written)).toEqual([
    { status: "fulfilled", value: true },
    { status: "rejected", reason: expect.objectContaining({ code: "broken" }) },
    { status: "fulfilled", value: true },
  ]);
  expect(writes).toEqual([["a", "bad", "b"], ["a"], ["bad"], ["b"]]);
});

test("while the store is out of order none is tried alone", async () => {
  const { results, writes } = gathering({ a: new StoreError("unavailable", "no") });
  const written = ["a", "b"].map((id) => results.write(result(id)));
  results.flush();
  const failure = { status: "rejected", reason: expect.objectContaining({ code: "unavailable" }) };
  expect(await Promise.allSettled(written)).toEqual([failure, failure]);
  expect(writes).toEqual([["a", "b"]]);
});
