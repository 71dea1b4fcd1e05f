import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConditionId, conditionId } from "../../../src/domain/condition.ts";
import {
  type InstanceId,
  instanceId,
  type Micros,
  micros,
  targetId,
} from "../../../src/domain/units.ts";
import type { ExecutionFilter, ExecutionQuery } from "../../../src/store/execution-store.ts";
import { allExecutions, find, setList } from "./execution-fixtures.ts";
import { ExecutionModel } from "./execution-model.ts";
import { addInstance, by, createAll, makeTarget, minute, start } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const targets = ["a", "b", "c", "d", "\u{1f3af}"];
/** Few conditions, so that steps meet; some are neighbours of a kind without being of it. */
const anyId = fc
  .constantFrom(
    ...["request", "request/s", "request/s/m", "response", "function/f", "function/\u{1f3af}"],
    ...["function/\uffee", "event", "event/g.*", "event/g"],
  )
  .map(conditionId);
const anyTarget = fc.constantFrom(...targets);
const anyFilter: fc.Arbitrary<ExecutionFilter> = fc.oneof(
  fc.record({ by: fc.constant("conditions" as const), ids: fc.array(anyId) }),
  fc.record({
    by: fc.constant("kind" as const),
    kind: fc.constantFrom("request", "response", "function", "event"),
  }),
  fc.record({ by: fc.constant("target" as const), target: anyTarget.map(targetId) }),
);
const anyQuery: fc.Arbitrary<ExecutionQuery> = fc.record({
  filters: fc.array(anyFilter, { maxLength: 3 }),
  sort: fc.constantFrom("id", "createdAt", "changedAt"),
  ascending: fc.boolean(),
  offset: fc.nat(3),
  limit: fc.integer({ min: 1, max: 4 }),
});
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ set: anyId, list: fc.subarray(targets) }) },
  { weight: 1, arbitrary: fc.record({ remove: anyTarget }) },
  { weight: 2, arbitrary: fc.record({ find: fc.array(anyId) }) },
  { weight: 2, arbitrary: fc.record({ query: anyQuery }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

export function executionIsolationCases(context: SuiteContext): void {
  /** Takes a step and tells what the store and the model say of it. */
  const take = async (model: ExecutionModel, instance: InstanceId, step: Step, at: Micros) => {
    const { store } = context;
    if ("set" in step) {
      const list = step.list.filter((id) => model.hasTarget(id));
      return [
        await setList(store, step.set, list, { instance, at }),
        model.set(step.set, list, at),
      ];
    }
    if ("remove" in step) {
      model.remove(step.remove, at);
      await store.deleteTarget(instance, targetId(step.remove), () => undefined, { ...by, at });
      return [undefined, undefined];
    }
    if ("find" in step) {
      const found = await find(store, step.find, { instance });
      return [found && ids(found), model.find(step.find)];
    }
    return [await store.listExecutions(instance, step.query), model.list(step.query)];
  };

  test("two instances each behave as if they were alone, whatever is done", async () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.constantFrom(0, 0, 1), anyStep), {
      minLength: 20,
      maxLength: 60,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const run = randomUUID();
        const [first, second] = [instanceId(`${run}|1`), instanceId(`${run}|2`)];
        const models = new Map([first, second].map((id) => [id, new ExecutionModel(targets)]));
        for (const instance of models.keys()) {
          await addInstance(context.store, instance);
          const all = targets.map((id) => makeTarget(id));
          await createAll(context.store, instance, all);
        }
        let now = start;
        for (const [isFirst, minutes, step] of sequence) {
          now = micros(now + minutes * minute);
          const instance = isFirst ? first : second;
          const model = models.get(instance) ?? new ExecutionModel([]);
          const [actual, expected] = await take(model, instance, step, now);
          expect([step, actual]).toEqual([step, expected]);
        }
        for (const [instance, model] of models) {
          const listed = await context.store.listExecutions(instance, allExecutions);
          expect(listed).toEqual(model.list(allExecutions));
        }
      }),
      { numRuns: 30 },
    );
  });
}

function ids(found: NonNullable<Awaited<ReturnType<typeof find>>>): [ConditionId, string[]] {
  return [found.id, found.targets.map(({ target }) => target.id)];
}
