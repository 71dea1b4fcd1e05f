/** What has to happen with the targets. */
import { Code, ConnectError } from "@connectrpc/connect";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import type { Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { nameKey } from "../../domain/target.ts";
import { concurrently } from "./concurrently.ts";
import type { TargetStep } from "./plan.ts";
import { type Call, mostCalls } from "./read.ts";
import { repeated } from "./retry.ts";
import { differenceOf, newTarget, newTargetNote } from "./target-fields.ts";

export interface TargetPlanOptions {
  readonly call: Call;
  /** Whether settings that differ are replaced. */
  readonly update: boolean;
}

/**
 * Finds out what has been brought over already: a target's name is unique where it is brought to, so the
 * target of that name is it. The server is asked about every other one whether it would take it.
 *
 * @throws ConnectError when the server cannot be asked
 */
export async function planTargets(
  source: readonly Target[],
  existing: readonly Target[],
  options: TargetPlanOptions,
): Promise<readonly TargetStep[]> {
  const byName = new Map(existing.map((target) => [nameKey(target.name), target]));
  const names = new Map<string, string>();
  const steps: TargetStep[] = source.map((target) => {
    const key = nameKey(target.name);
    const twin = names.get(key);
    if (twin !== undefined) return conflict(target, `its name is that of ${twin} as well`);
    names.set(key, target.id);
    return compare(target, byName.get(key), options);
  });
  const created = [...steps.entries()].filter(([, { action }]) => action === "create");
  await concurrently(created, mostCalls, async ([index, step]) => {
    steps[index] = await tried(step, options.call);
  });
  return steps;
}

function compare(
  source: Target,
  existing: Target | undefined,
  { update }: TargetPlanOptions,
): TargetStep {
  const step = { kind: "target", source, existing, paths: [] as string[] } as const;
  if (existing === undefined) return { ...step, action: "create", note: newTargetNote(source) };
  const { paths, note } = differenceOf(source, existing);
  if (paths.length > 0) return { ...step, action: update ? "update" : "differs", note, paths };
  return { ...step, action: note === "" ? "unchanged" : "incomplete", note };
}

async function tried(step: TargetStep, call: Call): Promise<TargetStep> {
  const request = { ...newTarget(step.source), validateOnly: true };
  try {
    await repeated(() => call(ActionService.method.createTarget, request));
    return step;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return conflict(step.source, error.rawMessage);
  }
}

/** Errors of this one target, and not of the server or the token. */
const refusals: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.AlreadyExists,
  Code.FailedPrecondition,
  Code.ResourceExhausted,
]);

function isRefusal(error: unknown): error is ConnectError {
  return error instanceof ConnectError && refusals.has(error.code);
}

function conflict(source: Target, note: string): TargetStep {
  return { kind: "target", action: "conflict", note, source, existing: undefined, paths: [] };
}
