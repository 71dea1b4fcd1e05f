/** A worker on deliveries in memory, a clock that the test moves, and targets that it plays. */
import { setImmediate as turn } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { startWorker, type Worker, type WorkerParts } from "../../../src/delivery/worker.ts";
import type { ConditionId } from "../../../src/domain/condition.ts";
import type { DeliveryPolicy, TargetSettings } from "../../../src/domain/target.ts";
import { micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import type { CallResult } from "../../../src/execution/outcome.ts";
import type { CallTarget, TargetCall } from "../../../src/execution/target-call.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { memoryDeliveries } from "../../support/memory-deliveries.ts";
import { sampleSettings, sampleTarget } from "../../support/targets.ts";

/** What a target answers: a status, or nothing until the call is ended or got no connection. */
export type Reply = number | "hang" | "queued";

const eventCondition = "event" as ConditionId;

export type Replier = (call: TargetCall) => Reply | Promise<Reply>;

export interface PlayOptions extends Partial<Pick<WorkerParts, "limits" | "clock">> {
  /** Wraps what the worker gets of the store. */
  readonly store?: (store: WorkerParts["store"]) => WorkerParts["store"];
}

export const plainPolicy: DeliveryPolicy = {
  ...{ retryDelays: [], clientErrorsFinal: false, maxConcurrency: 0, maxPerSecond: 0 },
};

export function openPlay(replier: Replier, options: PlayOptions = {}) {
  const { limits = {}, store: wrap = (store) => store } = options;
  const deliveries = memoryDeliveries();
  const logged: Record<string, unknown>[] = [];
  let now = micros(1_790_000_000_000_000);
  let sequence = 0;
  const calls: TargetCall[] = [];
  let underWay = 0;
  const callTarget: CallTarget = async (call) => {
    calls.push(call);
    underWay++;
    const reply = await Promise.race([replier(call), ended(call)]);
    underWay--;
    return { ...resultOf(reply), sentHeaders: () => ({}), repeatsSecret: () => false };
  };
  const clock = options.clock ?? (() => now);
  let worker: Worker | undefined;
  const play = {
    deliveries,
    logged,
    calls,
    now: () => now,
    underWay: () => underWay,
    /** Ids of the deliveries that were tried at a target. */
    triedAt: (target: string) =>
      calls.filter(({ callee }) => callee.target.id === target).map(({ webhookId }) => webhookId),
    target(id: string, settings: Partial<TargetSettings> = {}) {
      const target = { id: targetId(id), settings: sampleSettings({ name: id, ...settings }) };
      deliveries.put(sampleTarget(target));
    },
    deliver(target: string, count: number, orderKey?: string): string[] {
      return Array.from({ length: count }, () => {
        const id = `msg_${String(sequence++).padStart(8, "0")}`;
        deliveries.enqueue({
          ...{
            id,
            target: targetId(target),
            condition: eventCondition,
            event: undefined,
            orderKey,
          },
          ...{ createdAt: clock(), context: "{}", depth: 1, traceparent: undefined },
        });
        return id;
      });
    },
    start(): Worker {
      const log = createLog({
        ...{ level: "debug", pretty: false, colour: false },
        destination: { write: (line: string) => void logged.push(JSON.parse(line)) },
      });
      const store = wrap(deliveries.store);
      const parts = { store, callTarget, clock, log, active: true, logBody: 1024 };
      const started = startWorker({ ...parts, limits: { drain: 0, ...limits } });
      onTestFinished(() => started.stop());
      worker = started;
      return started;
    },
    pass(seconds: number) {
      now = micros(now + seconds * 1e6);
      worker?.wake();
    },
    /** Moves the time to when something is due; false when nothing ever will be. */
    async passToNext(): Promise<boolean> {
      const due = await deliveries.store.nextDue();
      if (due === undefined) return false;
      play.pass(Math.max(0, due - now) / 1e6);
      return true;
    },
    /** Waits for what must come true, without knowing when. */
    async until(isTrue: () => boolean): Promise<void> {
      while (!isTrue()) await turn();
    },
  };
  return play;
}

function ended({ signal }: TargetCall): Promise<"ended"> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve("ended")));
}

const report = {
  timings: {
    ...{ dns: undefined, connect: undefined, tls: undefined, firstByte: undefined },
    total: nanoseconds(1_000),
  },
  ...{ address: "127.0.0.1:1", reused: false },
};

function resultOf(reply: Reply | "ended"): CallResult {
  if (reply === "queued") {
    const late = { timedOut: true, message: "late", status: undefined, cause: undefined } as const;
    return { kind: "failed", stage: "connect", ...late, ...report, queued: true };
  }
  if (typeof reply !== "number") return { kind: "cancelled", stage: "headers", ...report };
  return { kind: "answered", status: reply, headers: {}, body: Buffer.from(""), ...report };
}

export const hang = (): Promise<Reply> => new Promise(() => undefined);
