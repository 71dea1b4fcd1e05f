/** Calls to targets that end as a test says, without a network. */
import type { JsonValue } from "@bufbuild/protobuf";
import { conditionId } from "../../src/domain/condition.ts";
import type { NewDelivery } from "../../src/domain/delivery.ts";
import type { CallableTarget } from "../../src/domain/execution.ts";
import type { TargetKind, TargetSettings } from "../../src/domain/target.ts";
import {
  type InstanceId,
  micros,
  nanoseconds,
  type TargetId,
  targetId,
} from "../../src/domain/units.ts";
import type { CallResult, FailedCall } from "../../src/execution/outcome.ts";
import type { CallTarget, TargetCall } from "../../src/execution/target-call.ts";
import type { RunnableExecution } from "../../src/store/execution-store.ts";
import { sampleSettings, sampleTarget } from "./targets.ts";

/** What a target does with a call. */
export type Script = (call: TargetCall) => CallResult | Promise<CallResult>;

const report = {
  timings: {
    ...{ dns: undefined, connect: undefined, tls: undefined, firstByte: undefined },
    total: nanoseconds(1_000_000),
  },
  address: "127.0.0.1:1",
  reused: false,
};

/** Answers with JSON, or with the text as it is. */
export function answers(body: JsonValue | Uint8Array, status = 200): Script {
  const bytes = body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
  return () => ({ kind: "answered", status, headers: {}, body: Buffer.from(bytes), ...report });
}

/** Answers with an empty body. */
export const agrees: Script = answers(new Uint8Array());

/** Forwards an error. */
export const refuses = (status: number, text = "no") =>
  answers({ forwardedStatusCode: status, forwardedErrorMessage: text });

/** Fails, by not being reached if nothing else is said. */
export function fails(changes: Partial<FailedCall> = {}): Script {
  const failed = { stage: "connect", timedOut: false, message: "nobody listens" } as const;
  const nothing = { status: undefined, cause: undefined };
  return () => ({ kind: "failed", ...failed, ...nothing, ...report, ...changes });
}

/** Answers when the caller has given up. */
export function hangs({ signal }: TargetCall): Promise<CallResult> {
  const { promise, resolve } = Promise.withResolvers<CallResult>();
  const cancelled = () => resolve({ kind: "cancelled", stage: "headers", ...report });
  if (signal?.aborted) cancelled();
  else signal?.addEventListener("abort", cancelled, { once: true });
  return promise;
}

/** Targets that do as they are told, with a record of the calls they got. */
export class ScriptedTargets {
  readonly #scripts = new Map<string, Script>();
  readonly #callees = new Map<string, CallableTarget>();
  readonly calls: TargetCall[] = [];

  readonly callTarget: CallTarget = async (call) => {
    this.calls.push(call);
    const script = this.#scripts.get(call.callee.target.id);
    if (script === undefined) throw new Error("there is no such target");
    return { ...(await script(call)), sentHeaders: () => ({}), repeatsSecret: () => false };
  };

  /** Deliveries of targets that nobody waits for. */
  readonly kept: NewDelivery[] = [];

  queueIsFull = false;
  /** What a runner needs to reach them. */
  readonly runnerParts = {
    callTarget: this.callTarget,
    readTarget: async (_instance: InstanceId, id: TargetId) => this.#callees.get(id),
    enqueue: async (_instance: InstanceId, delivery: NewDelivery) => {
      if (this.queueIsFull) return "full" as const;
      this.kept.push(delivery);
      return "kept" as const;
    },
    newDeliveryId: () => `msg_${this.kept.length + 1}`,
    clock: () => micros(0),
  };

  /** A target that interrupts unless told otherwise. */
  add(id: string, script: Script, changes: TargetChanges = {}): CallableTarget {
    this.#scripts.set(id, script);
    const { kind = "restCall", interruptOnError = true, ...settings } = changes;
    const type = { kind, interruptOnError };
    const target = sampleTarget({
      id: targetId(id),
      settings: sampleSettings({ type, ...settings }),
    });
    const callee = { target, encryptionKey: undefined };
    this.#callees.set(id, callee);
    return callee;
  }

  remove(id: string): void {
    this.#callees.delete(id);
  }

  /** Ids of the targets that were called, in their order. */
  called(): readonly string[] {
    return this.calls.map(({ callee }) => callee.target.id);
  }

  /** What a call told, the last one if no other is meant. */
  told(index = -1): unknown {
    return JSON.parse(this.calls.at(index)?.context ?? "null");
  }
}

interface TargetChanges extends Partial<Omit<TargetSettings, "type">> {
  readonly kind?: TargetKind;
  readonly interruptOnError?: boolean;
}

export function executionOf(...targets: readonly CallableTarget[]): RunnableExecution {
  return { id: conditionId("request"), targets };
}
