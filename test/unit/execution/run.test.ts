import type { JsonValue } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import pino from "pino";
import { describe, expect, test } from "vitest";
import type { CallableTarget } from "../../../src/domain/execution.ts";
import { defaultInstance, nanoseconds } from "../../../src/domain/units.ts";
import { InvalidAnswer } from "../../../src/execution/answer.ts";
import { createRunner, type Run } from "../../../src/execution/run.ts";
import { NoEncryptionKey } from "../../../src/signing/payload.ts";
import { nameOf } from "../../support/api-error.ts";
import {
  agrees,
  answers,
  executionOf,
  fails,
  hangs,
  refuses,
  type Script,
  ScriptedTargets,
} from "../../support/target-script.ts";

const log = pino({ level: "silent" });

/** Runs targets one after another over a message, which may be replaced by any object. */
function run(
  targets: ScriptedTargets,
  list: readonly CallableTarget[],
  changes: Partial<Run> = {},
) {
  return createRunner({ ...targets.runnerParts, log })({
    instance: defaultInstance,
    execution: executionOf(...list),
    context: (message) => JSON.stringify({ message }),
    message: { step: 0 },
    accept: acceptObject,
    ...{ depth: 2, traceparent: undefined, signal: new AbortController().signal },
    deadline: Number.POSITIVE_INFINITY,
    ...changes,
  });
}

function acceptObject(answer: JsonValue): JsonValue {
  if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) return answer;
  throw new InvalidAnswer("the body is no object");
}

/** Runs one target, and tells how it ended. */
async function runOne(script: Script, changes: Parameters<ScriptedTargets["add"]>[2] = {}) {
  const targets = new ScriptedTargets();
  const { results, interruption, message } = await run(targets, [
    targets.add("a", script, changes),
  ]);
  const { failure, httpStatus } = results[0] ?? {};
  return { failure, httpStatus, interruption, message, called: targets.called().length };
}

describe("a list", () => {
  test("is called with the settings of each moment, and passes over who is gone", async () => {
    const targets = new ScriptedTargets();
    const changing: Script = (call) => {
      targets.add("b", agrees, { endpoint: "https://new.example" });
      targets.remove("c");
      return agrees(call);
    };
    const list = ["b", "c"].map((id) => targets.add(id, agrees));
    const result = await run(targets, [targets.add("a", changing), ...list]);
    expect(targets.called()).toEqual(["a", "b"]);
    expect(targets.calls[1]?.callee.target.settings.endpoint).toBe("https://new.example");
    expect(result.results.map(({ target }) => target)).toEqual(["a", "b"]);
  });

  test("is called in its order, each target with the message as it is by then", async () => {
    const targets = new ScriptedTargets();
    const list = [
      targets.add("a", answers({ step: 1 })),
      targets.add("b", agrees),
      targets.add("c", answers({ step: 9 }), { kind: "restWebhook" }),
      targets.add("d", answers({ step: 2 })),
      targets.add("e", agrees),
    ];
    const result = await run(targets, list);
    expect(targets.called()).toEqual(["a", "b", "c", "d", "e"]);
    const steps = targets.calls.map((_, index) => targets.told(index));
    expect(steps).toEqual([0, 1, 1, 1, 2].map((step) => ({ message: { step } })));
    expect([result.message, result.replaced, result.interruption]).toEqual([
      { step: 2 },
      true,
      undefined,
    ]);
  });

  test("that replaces nothing leaves the message as it is", async () => {
    const targets = new ScriptedTargets();
    const { message, replaced } = await run(targets, [targets.add("a", agrees)]);
    expect([message, replaced]).toEqual([{ step: 0 }, false]);
  });

  test("may be replaced by the empty message", async () => {
    const { message } = await runOne(answers({}));
    expect(message).toEqual({});
  });

  test("ends with the first failure of a target that interrupts", async () => {
    const targets = new ScriptedTargets();
    const list = [
      targets.add("a", fails(), { interruptOnError: false }),
      targets.add("b", answers({ step: 1 })),
      targets.add("c", fails()),
      targets.add("d", agrees),
    ];
    const result = await run(targets, list);
    expect(targets.called()).toEqual(["a", "b", "c"]);
    expect(result.results.map(({ target, failure }) => [target, failure?.stage])).toEqual([
      ["a", "connect"],
      ["b", undefined],
      ["c", "connect"],
    ]);
    expect(result.interruption?.target).toBe("c");
    expect(result.message).toEqual({ step: 1 });
  });

  test("gives each call its own id, and the depth, trace and signal of the run", async () => {
    const targets = new ScriptedTargets();
    const { signal } = new AbortController();
    const list = [targets.add("a", agrees), targets.add("b", agrees)];
    const { results } = await run(targets, list, { traceparent: "trace", signal });
    const ids = targets.calls.map(({ webhookId }) => webhookId);
    expect(new Set(ids).size).toBe(2);
    expect(results.map(({ webhookId }) => webhookId)).toEqual(ids);
    expect(targets.calls[0]).toMatchObject({ depth: 2, traceparent: "trace", signal });
  });
});

describe("a target fails", () => {
  test.each<[string, Script, string, number | undefined]>([
    ["by a status", answers({}, 500), "status", 500],
    ["by a redirect", answers({}, 302), "status", 302],
    ["by no answer", fails(), "connect", undefined],
    ["by an answer that is no JSON", answers(Buffer.from("<html>")), "answer", 200],
    ["by a message that cannot be one", answers([]), "answer", 200],
    ["by a status to forward that is none", answers({ forwardedStatusCode: "403" }), "answer", 200],
  ])("%s", async (_, script, stage, status) => {
    const { failure, httpStatus, interruption } = await runOne(script);
    expect(failure?.stage).toBe(stage);
    expect(httpStatus).toBe(status);
    expect(interruption).toBe(failure);
    const { error } = failure ?? {};
    expect(nameOf(error)).toBe("targetCallFailed");
    expect(error?.metadata).toEqual({ target_id: "a", condition: "request", stage });
    for (const part of ["a", "request", stage]) expect(error?.message).toContain(part);
  });

  test.each<[number, string, Code]>([
    [403, "targetForwarded", Code.PermissionDenied],
    [404, "targetForwarded", Code.NotFound],
    [418, "targetForwarded", Code.Unknown],
    [503, "targetForwardedOther", Code.FailedPrecondition],
  ])("by forwarding %i, with the text that the target gave", async (status, name, code) => {
    for (const kind of ["restCall", "restWebhook"] as const) {
      const { failure } = await runOne(refuses(status, "closed today"), { kind });
      expect(failure?.stage).toBe("forwarded");
      expect(nameOf(failure?.error)).toBe(name);
      expect(failure?.error.entry.code).toBe(code);
      expect(failure?.error.message).toBe("closed today");
      expect(failure?.error.metadata).toMatchObject({ target_id: "a", condition: "request" });
    }
  });

  test("without holding up the list, also by forwarding, if it does not interrupt", async () => {
    const { failure, interruption } = await runOne(refuses(403), { interruptOnError: false });
    expect(failure?.stage).toBe("forwarded");
    expect(interruption).toBeUndefined();
  });

  test("by being disabled, and is not called", async () => {
    const { failure, called } = await runOne(agrees, { disabled: true });
    expect([failure?.stage, called]).toEqual(["disabled", 0]);
    expect(failure?.error.id).toBe("EXEC-dra6yamk98");
  });

  test("by having no key to encrypt with", async () => {
    const cause = new NoEncryptionKey("none");
    const { failure } = await runOne(fails({ stage: "prepare", cause }));
    expect(nameOf(failure?.error)).toBe("noEncryptionKey");
  });
});

test("what a webhook answers does not matter unless it forwards", async () => {
  for (const body of [Buffer.from("<html>"), Buffer.from('{"unknown":1}')]) {
    const { failure, message } = await runOne(answers(body), { kind: "restWebhook" });
    expect(failure).toBeUndefined();
    expect(message).toEqual({ step: 0 });
  }
});

describe("the time", () => {
  const timeouts = ({ calls }: ScriptedTargets) => calls.map(({ timeout }) => timeout);

  test("of a call is that of its target", async () => {
    const targets = new ScriptedTargets();
    const list = [3, 5].map((seconds) =>
      targets.add(`t${seconds}`, agrees, { timeout: nanoseconds(seconds * 1e9) }),
    );
    await run(targets, list);
    expect(timeouts(targets)).toEqual([3e9, 5e9]);
  });

  test("of a call is what is left, when that is less", async () => {
    const targets = new ScriptedTargets();
    await run(targets, [targets.add("a", agrees)], { deadline: performance.now() + 2000 });
    expect(timeouts(targets)[0]).toBeLessThanOrEqual(2e9);
    expect(timeouts(targets)[0]).toBeGreaterThan(0);
  });

  test("that is over is a failure of each target that is left", async () => {
    const targets = new ScriptedTargets();
    const list = ["a", "b"].map((id) => targets.add(id, agrees, { interruptOnError: false }));
    const { results } = await run(targets, list, { deadline: performance.now() - 1 });
    expect(targets.called()).toEqual([]);
    expect(results.map(({ failure }) => [failure?.stage, failure?.timedOut])).toEqual([
      ["prepare", true],
      ["prepare", true],
    ]);
    expect(results.map(({ webhookId }) => webhookId)).toEqual(["", ""]);
  });
});

describe("a caller that gives up", () => {
  const reasons: readonly [string, unknown, string][] = [
    ["without a word", undefined, "cancelled"],
    ["by going away", new ConnectError("gone", Code.Canceled), "cancelled"],
    [
      "because its time is over",
      new ConnectError("late", Code.DeadlineExceeded),
      "executionDeadline",
    ],
  ];

  test.each(reasons)("%s ends the call that runs and those behind it", async (_, reason, name) => {
    const targets = new ScriptedTargets();
    const controller = new AbortController();
    const list = [
      targets.add(
        "a",
        (call) => {
          controller.abort(reason);
          return hangs(call);
        },
        { interruptOnError: false },
      ),
      targets.add("b", agrees),
    ];
    const thrown = await run(targets, list, { signal: controller.signal }).catch((error) => error);
    expect(nameOf(thrown)).toBe(name);
    expect(targets.called()).toEqual(["a"]);
  });

  test("before a call has none made", async () => {
    const targets = new ScriptedTargets();
    const signal = AbortSignal.abort();
    const ended = run(targets, [targets.add("a", agrees)], { signal });
    const thrown = await ended.catch((error) => error);
    expect([nameOf(thrown), targets.called()]).toEqual(["cancelled", []]);
  });
});

test("what is no fault of a target is none", async () => {
  const targets = new ScriptedTargets();
  const broken = targets.add("a", () => Promise.reject(new Error("the store is gone")));
  await expect(run(targets, [broken])).rejects.toThrow("the store is gone");
});

test("each call leaves one line that tells what decided about it, and no stack of others' texts", async () => {
  const lines: Record<string, unknown>[] = [];
  const written = pino({ level: "debug" }, { write: (line) => lines.push(JSON.parse(line)) });
  const targets = new ScriptedTargets();
  const cause = Object.assign(new Error("reset"), { data: "hush" });
  const list = [
    targets.add("a", fails({ cause }), { interruptOnError: false }),
    targets.add("b", agrees),
  ];
  await createRunner({ ...targets.runnerParts, log: written })({
    ...{ instance: defaultInstance, execution: executionOf(...list), context: () => "{}" },
    ...{ message: undefined, accept: acceptObject, depth: 1, traceparent: undefined },
    ...{ signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY },
  });
  expect(lines).toMatchObject([
    {
      level: 30,
      instance: "default",
      condition: "request",
      target: "a",
      stage: "connect",
      timedOut: false,
    },
    { level: 20, target: "b", httpStatus: 200 },
  ]);
  expect(String(lines[0]?.cause)).toContain("reset");
  expect(JSON.stringify(lines)).not.toContain("hush");
});
