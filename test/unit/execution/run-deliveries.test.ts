/** Targets of an execution that nobody waits for. */
import { pino } from "pino";
import { expect, test } from "vitest";
import type { CallableTarget } from "../../../src/domain/execution.ts";
import { defaultInstance } from "../../../src/domain/units.ts";
import { createRunner } from "../../../src/execution/run.ts";
import {
  agrees,
  answers,
  executionOf,
  hangs,
  ScriptedTargets,
} from "../../support/target-script.ts";

/** Runs targets one after another over a message, which may be replaced by anything. */
function run(targets: ScriptedTargets, list: readonly CallableTarget[]) {
  const log = pino({ level: "silent" });
  return createRunner({ ...targets.runnerParts, log })({
    instance: defaultInstance,
    execution: executionOf(...list),
    context: (message) => JSON.stringify({ message }),
    message: { step: 0 },
    accept: (answer) => answer,
    ...{ depth: 2, traceparent: undefined, signal: new AbortController().signal },
    deadline: Number.POSITIVE_INFINITY,
  });
}

test("a target that nobody waits for gets a delivery, and the list goes on", async () => {
  const targets = new ScriptedTargets();
  const list = [
    targets.add("a", answers({ step: 1 })),
    targets.add("b", hangs, { kind: "restAsync" }),
    targets.add("c", agrees),
  ];
  const { results, interruption, message } = await run(targets, list);
  expect([interruption, message, targets.called()]).toEqual([undefined, { step: 1 }, ["a", "c"]]);
  const [kept] = targets.kept;
  expect(kept).toMatchObject({ id: "msg_1", target: "b", condition: "request", depth: 2 });
  expect(JSON.parse(kept?.context ?? "")).toEqual({ message: { step: 1 } });
  expect(results[1]).toMatchObject({ target: "b", failure: undefined, webhookId: "msg_1" });
});

test("a disabled target that nobody waits for gets none", async () => {
  const targets = new ScriptedTargets();
  const off = targets.add("a", agrees, { kind: "restAsync", disabled: true });
  const { results } = await run(targets, [off]);
  expect([targets.kept, results[0]?.failure?.stage]).toEqual([[], "disabled"]);
});

test("a full queue is a failure of the target, and the list goes on", async () => {
  const targets = new ScriptedTargets();
  targets.queueIsFull = true;
  const list = [
    targets.add("a", agrees, { kind: "restAsync", interruptOnError: false }),
    targets.add("b", agrees),
  ];
  const { results, interruption } = await run(targets, list);
  expect([interruption, targets.kept, targets.called()]).toEqual([undefined, [], ["b"]]);
  expect(results[0]).toMatchObject({ failure: { stage: "queue" }, webhookId: "" });
  expect(results[0]?.failure?.error.id).toBe("EXEC-dra6yamk98");
});
