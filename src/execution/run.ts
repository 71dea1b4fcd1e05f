/** Runs the targets of an execution in their order (contract.md section 6). */
import { performance } from "node:perf_hooks";
import type { JsonValue } from "@bufbuild/protobuf";
import type { Clock } from "../clock.ts";
import type { NewDelivery } from "../domain/delivery.ts";
import type { CallableTarget } from "../domain/execution.ts";
import { type InstanceId, type Nanoseconds, nanoseconds, type TargetId } from "../domain/units.ts";
import { newWebhookId } from "../ids.ts";
import type { RunnableExecution } from "../store/execution-store.ts";
import type { Logger } from "../telemetry/log.ts";
import { traceFields } from "../telemetry/span.ts";
import { cancellation } from "./cancellation.ts";
import { judge, type TargetFailure } from "./judge.ts";
import type { FailedCall } from "./outcome.ts";
import type { CallTarget } from "./target-call.ts";
import { unsentCall } from "./unsent.ts";

/** An execution that is to run, and what for. */
export interface Run {
  readonly instance: InstanceId;
  readonly execution: RunnableExecution;
  /** JSON text of what a target is told while the message is this one. */
  readonly context: (message: JsonValue | undefined) => string;
  /** The message in proto JSON before the first target; undefined when there is none. */
  readonly message: JsonValue | undefined;
  /**
   * Takes the message that a target of type rest_call answered.
   *
   * @returns the message from now on, as the next target sees it
   * @throws InvalidAnswer when it cannot be one
   */
  readonly accept: (answer: JsonValue) => JsonValue;
  readonly depth: number;
  readonly traceparent: string | undefined;
  /** Aborted when the caller gives up; its reason says how. */
  readonly signal: AbortSignal;
  /** When there is no more time for any call, on the clock of performance.now. */
  readonly deadline: number;
}

export interface RunResult {
  /** The message from now on. */
  readonly message: JsonValue | undefined;
  readonly replaced: boolean;
  /** In call order; targets behind an interruption are missing. */
  readonly results: readonly TargetResult[];
  /** The failure that ended the list. */
  readonly interruption: TargetFailure | undefined;
}

export interface RunnerParts {
  readonly callTarget: CallTarget;
  /** Reads a target as it is now; undefined when it is gone. */
  readonly readTarget: (instance: InstanceId, id: TargetId) => Promise<CallableTarget | undefined>;
  /** Keeps a delivery; resolves when it is durable, or with "full" when there is no room for it. */
  readonly enqueue: (instance: InstanceId, delivery: NewDelivery) => Promise<"kept" | "full">;
  readonly newDeliveryId: () => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Runs a list to its end or to the first failure of a target that interrupts. Targets of type
 * rest_async are not waited for: their calls become deliveries, on disk before the list goes on. The
 * calls before may take their time, so the settings of the later targets are read again; who is gone by
 * then is passed over.
 *
 * @throws ApiError cancelled or executionDeadline when the caller gave up; what the store's failures
 *   become
 */
export type RunTargets = (run: Run) => Promise<RunResult>;

export function createRunner(parts: RunnerParts): RunTargets {
  return async (run) => {
    let { message } = run;
    let replaced = false;
    const results: TargetResult[] = [];
    for await (const callee of currentTargets(parts, run)) {
      if (run.signal.aborted) throw cancellation(run.signal);
      const reach = callee.target.settings.type.kind === "restAsync" ? enqueue : callTarget;
      const called = await reach(parts, run, callee, message);
      if (called.message !== undefined) {
        message = called.message;
        replaced = true;
      }
      results.push(called.result);
      logResult(parts.log, run, called.result);
      const { failure } = called.result;
      if (failure !== undefined && callee.target.settings.type.interruptOnError) {
        return { message, replaced, results, interruption: failure };
      }
    }
    return { message, replaced, results, interruption: undefined };
  };
}

/** The targets of the list, each as it is when its turn comes. */
async function* currentTargets(
  { readTarget }: RunnerParts,
  { instance, execution }: Run,
): AsyncGenerator<CallableTarget> {
  const [first, ...others] = execution.targets;
  if (first !== undefined) yield first;
  for (const { target } of others) {
    const callee = await readTarget(instance, target.id);
    if (callee !== undefined) yield callee;
  }
}

/** What became of the call to one target. */
export interface TargetResult {
  readonly target: TargetId;
  readonly failure: TargetFailure | undefined;
  /** Undefined when there was no answer. */
  readonly httpStatus: number | undefined;
  readonly duration: Nanoseconds;
  /** Empty when nothing was sent. */
  readonly webhookId: string;
}

interface Called {
  readonly result: TargetResult;
  /** Undefined when the target left the message as it is. */
  readonly message: JsonValue | undefined;
}

async function callTarget(
  parts: RunnerParts,
  run: Run,
  callee: CallableTarget,
  message: JsonValue | undefined,
): Promise<Called> {
  const { id, settings } = callee.target;
  const { kind } = settings.type;
  const subject = { target: id, condition: run.execution.id };
  const started = performance.now();
  const left = (run.deadline - started) * 1e6;
  const webhookId = newWebhookId();
  const { instance, depth, traceparent, signal } = run;
  const called =
    refusal(settings.disabled, left) ??
    (await parts.callTarget({
      ...{ instance, callee, context: run.context(message), webhookId },
      ...{ timeout: nanoseconds(Math.min(settings.timeout, left)), depth, traceparent, signal },
    }));
  if (called.kind === "cancelled") throw cancellation(signal);
  const judged = judge(called, kind, subject, run.accept);
  return {
    message: judged.message,
    result: {
      target: id,
      failure: judged.failure,
      httpStatus: called.status,
      duration: nanoseconds(Math.round((performance.now() - started) * 1e6)),
      webhookId: called.address === undefined ? "" : webhookId,
    },
  };
}

/**
 * Makes a delivery of the call to a target of type rest_async. One that is disabled takes none: what
 * is queued for it waits, and whoever calls is told. So they are when the queue is full.
 */
async function enqueue(
  parts: RunnerParts,
  run: Run,
  callee: CallableTarget,
  message: JsonValue | undefined,
): Promise<Called> {
  const { id: target, settings } = callee.target;
  const { instance, depth, traceparent } = run;
  const { id: condition } = run.execution;
  const started = performance.now();
  const id = parts.newDeliveryId();
  const keep = async () => {
    const kept = await parts.enqueue(instance, {
      ...{ id, target, condition, event: undefined, orderKey: undefined },
      ...{ createdAt: parts.clock(), context: run.context(message), depth, traceparent },
    });
    return kept === "full" ? unsentCall("queue", "the queue of deliveries is full") : undefined;
  };
  const call = settings.disabled ? refusal(true, 0) : await keep();
  const failed = call && judge(call, "restAsync", { target, condition }, run.accept);
  return {
    message: undefined,
    result: {
      target,
      failure: failed?.failure,
      httpStatus: undefined,
      duration: nanoseconds(Math.round((performance.now() - started) * 1e6)),
      webhookId: failed === undefined ? id : "",
    },
  };
}

/** A failure that needs no call; undefined when the target may be called. */
function refusal(disabled: boolean, left: number): FailedCall | undefined {
  if (disabled) return unsentCall("disabled", "the target is disabled");
  if (left <= 0) return unsentCall("prepare", "there was no time left", { timedOut: true });
  return undefined;
}

/** One line for each call, with everything that decided about it. */
function logResult(log: Logger, run: Run, result: TargetResult): void {
  const { target, failure, httpStatus, duration, webhookId } = result;
  const call = { instance: run.instance, condition: run.execution.id, target, webhookId };
  const trace = traceFields(run.traceparent);
  const fields = { ...call, ...trace, httpStatus, durationMs: Math.round(duration / 1e6) };
  if (failure === undefined) log.debug(fields, "target called");
  else {
    const { stage, timedOut, message: problem, cause } = failure;
    // The stack alone: errors of a connection hold what the receiver sent as members.
    const stack = cause instanceof Error ? cause.stack : undefined;
    log.info({ ...fields, stage, timedOut, problem, cause: stack }, "target failed");
  }
}
