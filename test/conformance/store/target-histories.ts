import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type InstanceId,
  instanceId,
  type Micros,
  micros,
  targetId,
} from "../../../src/domain/units.ts";
import type { ChangeQuery } from "../../../src/store/audit-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { matches, readPages } from "./changes.ts";
import { keysAre, makeKey } from "./execution-fixtures.ts";
import {
  addInstance,
  by,
  changesOf,
  later,
  makeTarget,
  one,
  pruneAll,
  setting,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const ids = ["a", "b"] as const;
const authors = ["token:ann", "token:bob"] as const;
const minutes = { min: 0, max: 40 };

/** Something that adds changes to the history of a target, or takes some from it. */
const anyStep = fc.record({
  what: fc.constantFrom(
    ...([
      "create",
      "update",
      "update",
      "update",
      "update",
      "keys",
      "other",
      "delete",
      "sweep",
    ] as const),
  ),
  id: fc.constantFrom(...ids),
  author: fc.constantFrom(...authors),
  times: fc.integer({ min: 1, max: 50 }),
});
type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never;

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 1 });
const anyTime = fc.integer(minutes).map(later);
const anyFilter = fc.record({
  resourceType: maybe(fc.constantFrom("target" as const, "call" as const)),
  resourceId: fc.constantFrom(...ids, "none"),
  author: maybe(fc.constantFrom(...authors)),
  since: maybe(anyTime),
  until: maybe(anyTime),
});

export function targetHistoryCases(context: SuiteContext): void {
  test("the changes of one target are those of all that are about it", async () => {
    const steps = fc.array(anyStep, { maxLength: 40, size: "max" });
    const query = fc.tuple(anyFilter, fc.integer({ min: 1, max: 60 }));
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(query, { minLength: 8, maxLength: 8 }),
        maybe(anyTime),
        async (all, queries, keptFrom) => {
          const instance = instanceId(`r${++round}`);
          await addInstance(context.store, instance);
          for (const [minute, step] of all.entries()) {
            await take(context.store, instance, step, later(minute));
          }
          if (keptFrom) await pruneAll(context.store, { changesFrom: keptFrom });
          const changes = await readPages(context, instance, { limit: 1000 });
          for (const [filter, limit] of queries) {
            const expected = changes.filter((change) => matches(change, filter));
            expect(await readPages(context, instance, { ...filter, limit })).toEqual(expected);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  test("a window far back in a long history has its changes", async () => {
    const { store } = context;
    const id = targetId("t");
    await store.createTarget(one, makeTarget("t"), by);
    const count = 2500;
    const changes = Array.from({ length: count }, (_, index) => {
      const at = micros(later(1) + 2_000_000 * index);
      const named = setting({}, [{ field: "n", old: null, new: index }]);
      return store.updateTarget(
        one,
        id,
        (current) => {
          const { next, fields } = named(current);
          return { next: { ...next, changedAt: at }, fields };
        },
        { author: by.author, at },
      );
    });
    await Promise.all(changes);
    // Writes that come together are stored in any order.
    const numbers = async (query: Partial<ChangeQuery>) =>
      (await changesOf(store, one, { resourceId: id, ...query }))
        .map(({ fields }) => Number(fields[0]?.new))
        .sort((a, b) => a - b);
    for (const first of [0, 31, 32, 1000, 1023, 1024, 2047, count - 3]) {
      const since = micros(later(1) + 2_000_000 * first);
      const until = micros(since + 3 * 2_000_000);
      expect(await numbers({ since, until })).toEqual([first, first + 1, first + 2]);
    }
  });
}

async function take(store: Store, instance: InstanceId, step: Step, at: Micros): Promise<void> {
  const id = targetId(step.id);
  const options = { author: step.author, at };
  const current = await store.getTarget(instance, id, at);
  if (step.what === "other") {
    const refused = { resourceType: "call", resourceId: step.id, action: "denied" } as const;
    await store.recordChange(instance, { ...options, ...refused, fields: [] });
  } else if (step.what === "sweep") {
    await pruneAll(store, { deletedTargetsFrom: micros(at + 1) });
  } else if (current === undefined) {
    // As long as the row of a deleted target is there, its id is taken.
    if (step.what !== "create") return;
    await pruneAll(store, { deletedTargetsFrom: micros(at + 1) });
    await store.createTarget(
      instance,
      makeTarget(step.id, {}, { createdAt: at, changedAt: at }),
      options,
    );
  } else if (step.what === "update") {
    const change = setting({});
    const writes = Array.from({ length: step.times }, () =>
      store.updateTarget(instance, id, change, options),
    );
    await Promise.all(writes);
  } else if (step.what === "keys") {
    await store.changePublicKeys(instance, id, keysAre([makeKey(`k${at}`)]), options);
  } else if (step.what === "delete") {
    await store.deleteTarget(instance, id, () => undefined, options);
  }
}
