import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { TargetSettings } from "../../../src/domain/target.ts";
import type { TargetQuery } from "../../../src/domain/target-query.ts";
import {
  type InstanceId,
  instanceId,
  type Micros,
  micros,
  nanoseconds,
  targetId,
} from "../../../src/domain/units.ts";
import { type Store, StoreError } from "../../../src/store/store.ts";
import {
  addInstance,
  allTargets,
  by,
  changesOf,
  makeTarget,
  minute,
  noChange,
  one,
  rotating,
  setting,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";
import { ModelStore } from "./model.ts";

/** Few values, so that names and ids meet. */
const anyId = fc.constantFrom("a", "b", "c", "D", "\u{1f3af}");
const anyText = fc.string({
  unit: fc.constantFrom("a", "A", "%", "_", "\\", "\u00e9", "e\u0301", "\uffee", "\u{1f3af}"),
  maxLength: 3,
});
const anySettings: fc.Arbitrary<Partial<TargetSettings>> = fc.record(
  {
    name: anyText,
    type: fc.record({
      kind: fc.constantFrom("restWebhook", "restCall"),
      interruptOnError: fc.boolean(),
    }),
    timeout: fc.integer({ min: 1, max: 3 }).map(nanoseconds),
    endpoint: fc.constantFrom("https://a", "https://B", "https://\u{1f3af}"),
    headers: fc.constantFrom(new Map(), new Map([["h", "1"]]), new Map([["h", "2"]])),
    disabled: fc.boolean(),
  },
  { requiredKeys: [] },
);
const anyQuery: fc.Arbitrary<TargetQuery> = fc.record({
  filters: fc.array(
    fc.oneof(
      fc.record({
        kind: fc.constant("name" as const),
        text: anyText,
        match: fc.constantFrom("equals", "startsWith", "contains", "endsWith"),
        ignoreCase: fc.boolean(),
      }),
      fc.record({ kind: fc.constant("ids" as const), ids: fc.array(anyId) }),
    ),
    { maxLength: 2 },
  ),
  sort: fc.constantFrom(
    ...(["id", "createdAt", "changedAt", "name", "type"] as const),
    ...(["endpoint", "timeout", "interruptOnError"] as const),
  ),
  ascending: fc.boolean(),
  offset: fc.nat(3),
  limit: fc.integer({ min: 1, max: 4 }),
});

const anyStep = fc.oneof(
  fc.record({ do: fc.constant("create" as const), id: anyId, settings: anySettings }),
  fc.record({ do: fc.constant("update" as const), id: anyId, settings: anySettings }),
  fc.record({ do: fc.constant("keep" as const), id: anyId }),
  fc.record({ do: fc.constant("rotate" as const), id: anyId, minutes: fc.nat(3) }),
  fc.record({ do: fc.constant("delete" as const), id: anyId }),
  fc.record({ do: fc.constant("list" as const), query: anyQuery }),
  fc.record({ do: fc.constant("sweep" as const) }),
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;
type Outcome = { readonly value: unknown } | { readonly error: string };

/** Runs a step; a StoreError becomes its code. */
async function outcome(run: () => unknown): Promise<Outcome> {
  try {
    return { value: await run() };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { error: error.code };
  }
}

const nothing = { store: () => undefined, model: () => undefined };

/** The same step for the store and for the model, without what only one of them returns. */
function actions(context: SuiteContext, model: ModelStore, instance: InstanceId, at: Micros) {
  const { store } = context;
  const options = { author: "a", at };
  const update = (id: string, change: typeof noChange) => ({
    store: async () => void (await store.updateTarget(instance, targetId(id), change, options)),
    model: () => model.update(instance, targetId(id), change, at),
  });
  return (step: Step) => {
    switch (step.do) {
      case "create": {
        // Ids must be new; what a store says of one that is not depends on the rest of the target.
        if (model.knows(instance, targetId(step.id))) return nothing;
        const target = makeTarget(step.id, step.settings, { createdAt: at, changedAt: at });
        return {
          store: async () => void (await store.createTarget(instance, target, options)),
          model: () => model.create(instance, target),
        };
      }
      case "update":
        return update(step.id, setting(step.settings));
      case "keep":
        return update(step.id, noChange);
      case "rotate":
        return update(step.id, rotating(`whsec_${at}`, micros(at + step.minutes * minute)));
      case "delete": {
        const id = targetId(step.id);
        return {
          store: () => store.deleteTarget(instance, id, () => undefined, options),
          model: () => model.delete(instance, id, at),
        };
      }
      case "list":
        return {
          store: () => store.listTargets(instance, step.query, at),
          model: () => model.list(instance, step.query, at),
        };
      case "sweep":
        return { store: async () => void (await store.sweep(at)), model: () => model.sweep(at) };
    }
  };
}

export function isolationCases(context: SuiteContext): void {
  test("two instances each behave as if they were alone, whatever is done", async () => {
    const steps = fc.array(fc.tuple(fc.boolean(), anyStep), {
      minLength: 20,
      maxLength: 60,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const model = new ModelStore();
        const run = randomUUID();
        const instances = [instanceId(`${run}|1`), instanceId(`${run}|2`)] as const;
        for (const instance of instances) await addInstance(context.store, instance);
        let now = start;
        for (const [first, step] of sequence) {
          now = micros(now + minute);
          const action = actions(context, model, instances[first ? 0 : 1], now)(step);
          expect([step, await outcome(action.store)]).toEqual([step, await outcome(action.model)]);
        }
        // Before the keys expired, too: what was swept must not come back.
        for (const at of [now, start]) await compareAll(context, model, instances, at);
      }),
      { numRuns: 50 },
    );
  });

  test("the same ids and names live side by side", async () => {
    const mine = makeTarget("t", { endpoint: "https://one" });
    const theirs = makeTarget("t", { endpoint: "https://two" });
    await context.store.createTarget(one, mine, by);
    await context.store.createTarget(two, theirs, by);
    expect(await context.store.getTarget(one, mine.id, start)).toEqual(mine);
    expect(await context.store.getTarget(two, mine.id, start)).toEqual(theirs);

    await context.store.updateTarget(one, mine.id, setting({ name: "changed" }), by);
    expect(await context.store.getTarget(two, mine.id, start)).toEqual(theirs);
    await context.store.deleteTarget(one, mine.id, () => undefined, by);
    expect(await context.store.getTarget(two, mine.id, start)).toEqual(theirs);
    expect(await changesOf(context.store, two, { resourceId: mine.id })).toHaveLength(1);
  });

  test("no call reaches a target of another instance", async () => {
    const target = makeTarget("t");
    const refuse = () => {
      throw new Error("reached");
    };
    await context.store.createTarget(one, target, by);
    expect(await context.store.getTarget(two, target.id, start)).toBeUndefined();
    expect(await changesOf(context.store, two, { resourceId: target.id })).toEqual([]);
    expect(await context.store.deleteTarget(two, target.id, refuse, by)).toBeUndefined();
    await expect(context.store.updateTarget(two, target.id, refuse, by)).rejects.toEqual(
      storeError("not-found"),
    );
    for (const filters of [[], [{ kind: "ids", ids: ["t"] } as const]]) {
      const query = { ...allTargets, filters };
      expect(await context.store.listTargets(two, query, start)).toEqual({ items: [], total: 0 });
    }
  });
}

/** Compares all that some instances hold. */
async function compareAll(
  { store }: SuiteContext,
  model: ModelStore,
  instances: readonly InstanceId[],
  now: Micros,
): Promise<void> {
  for (const instance of instances) await compareInstance(store, model, instance, now);
}

async function compareInstance(
  store: Store,
  model: ModelStore,
  instance: InstanceId,
  now: Micros,
): Promise<void> {
  const listed = await store.listTargets(instance, allTargets, now);
  expect(listed).toEqual(model.list(instance, allTargets, now));
  for (const id of ["a", "b", "c", "D", "\u{1f3af}"].map(targetId)) {
    expect(await store.getTarget(instance, id, now)).toEqual(model.get(instance, id, now));
    const actions = (await changesOf(store, instance, { resourceId: id })).map((c) => c.action);
    expect(actions.reverse()).toEqual(model.history(instance, id));
  }
}
