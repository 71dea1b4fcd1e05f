import fc from "fast-check";
import { expect, test } from "vitest";
import { changeDate, type Target } from "../../../src/domain/target.ts";
import {
  type InstanceId,
  instanceId,
  type Micros,
  micros,
  targetId,
} from "../../../src/domain/units.ts";
import type { ChangeQuery } from "../../../src/store/audit-store.ts";
import type { Authorship, Store, TargetChange } from "../../../src/store/store.ts";
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
  storeError,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const ids = ["a", "b"] as const;
const authors = ["token:ann", "token:bob"] as const;
const minutes = { min: 0, max: 40 };

const updates = ["update", "update", "update"] as const;
const undone = ["refused", "dry run"] as const;
const others = ["create", "keys", "other", "renew", "delete", "sweep", "reopen"] as const;

/** Something that adds changes to the history of a target, takes some from it, or does neither. */
const anyStep = fc.record({
  what: fc.constantFrom(...updates, ...undone, ...others),
  id: fc.constantFrom(...ids),
  author: fc.constantFrom(...authors),
  times: fc.integer({ min: 1, max: 50 }),
  /** Minutes by which the clock is behind. */
  behind: fc.constantFrom(0, 0, 0, 3),
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
            await take(context, instance, step, later(minute - step.behind));
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

  test("pages go on where they were while the target is deleted, swept and pruned", async () => {
    const { store } = context;
    const id = targetId("t");
    await store.createTarget(one, makeTarget("t"), by);
    for (let minute = 1; minute <= 8; minute += 1) {
      await store.updateTarget(one, id, dated(later(minute)), by);
    }
    let after: number | undefined;
    const nextPage = async () => {
      const page = await store.listChanges(one, { resourceId: id, limit: 2, after });
      after = page.next;
      return page.items.map(({ at }) => at);
    };
    expect(await nextPage()).toEqual([later(8), later(7)]);
    await store.deleteTarget(one, id, () => undefined, { ...by, at: later(9) });
    expect(await nextPage()).toEqual([later(6), later(5)]);
    await pruneAll(store, { deletedTargetsFrom: later(10) });
    expect(await nextPage()).toEqual([later(4), later(3)]);
    await pruneAll(store, { changesFrom: later(2) });
    expect(await nextPage()).toEqual([later(2)]);
    expect(after).toBeUndefined();
    const pruned = { resourceId: id, until: later(2) };
    expect(await changesOf(store, one, pruned)).toEqual([]);
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

async function take(
  context: SuiteContext,
  instance: InstanceId,
  step: Step,
  at: Micros,
): Promise<void> {
  const { store } = context;
  const { what, times } = step;
  const id = targetId(step.id);
  const options = { author: step.author, at };
  const current = await store.getTarget(instance, id, at);
  if (what === "reopen") {
    await context.reopen();
  } else if (what === "other") {
    const refused = { resourceType: "call", resourceId: step.id, action: "denied" } as const;
    await store.recordChange(instance, { ...options, ...refused, fields: [] });
  } else if (what === "sweep") {
    await pruneAll(store, { deletedTargetsFrom: micros(at + 1) });
  } else if (current === undefined) {
    // As long as the row of a deleted target is there, its id is taken.
    if (what !== "create") return;
    await pruneAll(store, { deletedTargetsFrom: later(minutes.max) });
    const dates = { createdAt: at, changedAt: at, expiresAt: later(minutes.max) };
    await store.createTarget(instance, makeTarget(step.id, {}, dates), options);
  } else if (what === "keys") {
    await store.changePublicKeys(instance, id, keysAre([makeKey(`k${at}`)]), options);
  } else if (what === "renew") {
    await store.renewTarget(instance, id, later(minutes.max));
  } else if (what === "delete") {
    await store.deleteTarget(instance, id, () => undefined, options);
  } else if (what !== "create") {
    await Promise.all([
      ...Array.from({ length: times }, () => store.updateTarget(instance, id, dated(at), options)),
      what === "dry run" &&
        store.updateTarget(instance, id, dated(at), { ...options, dryRun: true }),
      what === "refused" && refusedAfterWrite(store, instance, options),
      store.updateTarget(instance, id, dated(at), options),
    ]);
  }
}

/** A change at a time, or just after the one before. */
function dated(at: Micros) {
  return (current: Target): TargetChange => {
    const { next, fields } = setting({})(current);
    return { next: { ...next, changedAt: changeDate(current, at) }, fields };
  };
}

/** A call that fails when the row of its target and the change of it would already be numbered. */
async function refusedAfterWrite(
  store: Store,
  instance: InstanceId,
  options: Authorship,
): Promise<void> {
  const creation = store.createTarget(instance, makeTarget("one too many"), {
    ...options,
    mostTargets: 0,
  });
  await expect(creation).rejects.toEqual(storeError("quota-exceeded"));
}
