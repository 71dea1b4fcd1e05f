/** What has to happen with the executions. */

import { PayloadType } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { type Condition, parseConditionId } from "../../domain/condition.ts";
import { type ExecutionStep, isOpen, type KeyStep, type TargetStep } from "./plan.ts";
import type { ListedExecution } from "./read.ts";

/** What the conditions of a server may name. */
export interface Names {
  readonly methods: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly eventTypes: ReadonlySet<string>;
}

/** Most targets of an execution. */
const mostTargets = 50;

export interface ExecutionPlanOptions {
  readonly names: Names;
  readonly update: boolean;
}

/**
 * Rewrites the lists to the ids of the targets here. An execution waits for all that it calls: when one of
 * its targets, or the key that a target needs, cannot be brought over, it is not set.
 */
export function planExecutions(
  source: readonly ListedExecution[],
  existing: readonly ListedExecution[],
  { targets, keys }: { targets: readonly TargetStep[]; keys: readonly KeyStep[] },
  { names, update }: ExecutionPlanOptions,
): readonly ExecutionStep[] {
  const steps = new Map(targets.map((step) => [step.source.id, step]));
  const lists = new Map(existing.map((execution) => [execution.id, execution.targets]));
  const unusable = unusableTargets(targets, keys);
  return source.map(({ id, targets: list }) => {
    const step = { kind: "execution", id, targets: list } as const;
    const current = lists.get(id);
    const wanted = list.map((target) => steps.get(target)?.existing?.id ?? "");
    if (current !== undefined && current.join() === wanted.join()) {
      return { ...step, action: "unchanged", note: "" };
    }
    const problem = conditionProblem(id, names) ?? listProblem(list, steps, unusable);
    if (problem !== undefined) return { ...step, action: "conflict", note: problem };
    if (current === undefined) return { ...step, action: "create", note: isOwn(id) ? ownNote : "" };
    const note = "calls other targets here, or in another order";
    return { ...step, action: update ? "update" : "differs", note };
  });
}

const ownNote = "calls of targetd's own action API meet it too";

/** Tells whether calls of the action API of targetd meet a condition, those of an import among them. */
export function isOwn(id: string): boolean {
  return /^(request|response)($|\/zitadel\.action\.)/.test(id);
}

/** Those that differ, cannot be brought over, or would have to encrypt without their key. */
function unusableTargets(targets: readonly TargetStep[], keys: readonly KeyStep[]): Set<string> {
  const locked = keys.filter((step) => isOpen(step) && step.source.active && needsKey(step.target));
  return new Set([
    ...targets.filter(isOpen).map(({ source }) => source.id),
    ...locked.map(({ target }) => target.source.id),
  ]);
}

/** Tells whether a target cannot be called without a public key. */
export function needsKey({ source }: TargetStep): boolean {
  return source.payloadType === PayloadType.JWE;
}

function listProblem(
  list: readonly string[],
  steps: ReadonlyMap<string, TargetStep>,
  unusable: ReadonlySet<string>,
): string | undefined {
  const stray = list.find((id) => !steps.has(id));
  if (stray !== undefined) return `the source has no target ${JSON.stringify(stray)}`;
  const blocked = list.find((id) => unusable.has(id));
  if (blocked !== undefined) return `it calls ${blocked}, which is not settled`;
  if (new Set(list).size < list.length) return "it calls a target twice";
  return list.length > mostTargets ? `it calls more than ${mostTargets} targets` : undefined;
}

function conditionProblem(id: string, names: Names): string | undefined {
  const condition = parseConditionId(id);
  if (condition === undefined) return "the condition is not one that targetd knows";
  return isKnown(condition, names) ? undefined : "the catalogue here does not have what it names";
}

function isKnown(condition: Condition, names: Names): boolean {
  if (condition.kind === "function") return names.functions.has(condition.name);
  switch (condition.scope) {
    case "all":
      return true;
    case "service":
      return names.services.has(condition.service);
    case "method":
      return names.methods.has(`/${condition.service}/${condition.method}`);
    case "type":
      return names.eventTypes.has(condition.type);
    case "group":
      return [...names.eventTypes].some((type) => `${type}.`.startsWith(`${condition.group}.`));
  }
}
