/** Where the targets of an execution could keep callers from what they want (docs/executions.md). */
import type { Target } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import type { Condition } from "../../../../src/domain/condition.ts";

export interface Blocking {
  /** Targets whose failure is the failure of the caller. */
  readonly interrupting: readonly Target[];
  /** Those of them that fail every call, because they are disabled. */
  readonly disabled: readonly Target[];
  /** Whether calls of the API for targets and executions wait for these targets, those of this console included. */
  readonly ownApi: boolean;
}

const ownServices = ["zitadel.action.v2.ActionService", "zitadel.action.v2beta.ActionService"];

/** Undefined when no caller can be kept from anything. */
export function blockingOf(condition: Condition, targets: readonly Target[]): Blocking | undefined {
  // Nobody waits for deliveries of events.
  if (condition.kind === "event") return undefined;
  const interrupting = targets.filter(interrupts);
  if (interrupting.length === 0) return undefined;
  return {
    interrupting,
    disabled: interrupting.filter(({ disabled }) => disabled),
    ownApi: coversOwnApi(condition),
  };
}

function interrupts({ targetType }: Target): boolean {
  const waitsFor = targetType.case === "restWebhook" || targetType.case === "restCall";
  return waitsFor && targetType.value.interruptOnError;
}

function coversOwnApi(condition: Condition): boolean {
  if (condition.kind === "function" || condition.kind === "event") return false;
  if (condition.scope === "all") return true;
  return ownServices.includes(condition.service);
}
