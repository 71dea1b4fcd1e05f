/** What an import will do, and what it did, as text and as JSON. Signing keys are in neither. */
import { columns, printable } from "../text.ts";
import type { Results } from "./apply.ts";
import { type Plan, type Step, stepsOf, type TargetStep, writes } from "./plan.ts";

/** What became of one thing: its action where nothing was to be done. */
export function outcomeOf(step: Step, { errors, done }: Results): string {
  if (errors.has(step)) return "failed";
  if (done.has(step)) return `${step.action}d`;
  return writes(step) ? "not done" : step.action;
}

/** Every step of a plan, one a line. */
export function planTable(plan: Plan): string {
  const rows = stepsOf(plan).map((step) => [step.kind, step.action, ...describe(step), step.note]);
  return columns([["WHAT", "ACTION", "SOURCE ID", "NAME", "NOTE"], ...rows.map(shown)]);
}

/** Ids of the source with the ids here. */
export function idTable({ targets }: Plan, results: Results): string {
  const rows = targets
    .filter(({ source }) => results.ids.has(source.id))
    .map((step) => [
      step.source.id,
      results.ids.get(step.source.id) ?? "",
      outcomeOf(step, results),
      step.source.name,
      step.source.endpoint,
    ]);
  if (rows.length === 0) return "";
  return columns([["SOURCE ID", "ID", "OUTCOME", "NAME", "ENDPOINT"], ...rows.map(shown)]);
}

/** What went wrong, one a line. */
export function errorLines(plan: Plan, { errors }: Results): string {
  return stepsOf(plan)
    .filter((step) => errors.has(step))
    .map((step) => `failed: ${step.kind} ${describe(step)[0]}: ${errors.get(step)}`)
    .map((line) => `${printable(line)}\n`)
    .join("");
}

/** How many steps came to what, for each kind of thing. */
export function counts(steps: readonly Step[], outcome: (step: Step) => string): string {
  const byOutcome = new Map<string, number>();
  for (const step of steps) {
    byOutcome.set(outcome(step), (byOutcome.get(outcome(step)) ?? 0) + 1);
  }
  return [...byOutcome].map(([word, count]) => `${count} ${word}`).join(", ") || "none";
}

/** One line for each kind of thing. */
export function summary(plan: Plan, outcome: (step: Step) => string): string {
  return columns([
    ["targets:", counts(plan.targets, outcome)],
    ["public keys:", counts(plan.keys, outcome)],
    ["executions:", counts(plan.executions, outcome)],
  ]);
}

/** Everything for scripts. */
export function jsonReport(
  source: { readonly address: string; readonly version: string },
  plan: Plan,
  results: Results | undefined,
): string {
  const state = (step: Step) => ({
    action: step.action,
    ...(results && { outcome: outcomeOf(step, results) }),
    ...(step.note !== "" && { note: step.note }),
    ...(results?.errors.has(step) && { error: results.errors.get(step) }),
  });
  const id = (target: TargetStep) => results?.ids.get(target.source.id) ?? target.existing?.id;
  const report = {
    source,
    dryRun: results === undefined,
    targets: plan.targets.map((step) => ({
      sourceId: step.source.id,
      id: id(step),
      name: step.source.name,
      endpoint: step.source.endpoint,
      ...state(step),
    })),
    publicKeys: plan.keys.map((step) => ({
      sourceTargetId: step.target.source.id,
      sourceId: step.source.keyId,
      fingerprint: step.fingerprint,
      ...state(step),
    })),
    executions: plan.executions.map((step) => ({
      condition: step.id,
      sourceTargets: step.targets,
      ...state(step),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** Its id at the source, and what it is called or does. */
function describe(step: Step): [string, string] {
  switch (step.kind) {
    case "target":
      return [step.source.id, `${step.source.name} (${step.source.endpoint})`];
    case "public key":
      return [step.source.keyId, `${step.fingerprint} of ${step.target.source.name}`];
    case "execution":
      return [step.id, `calls ${step.targets.length} targets`];
  }
}

function shown(cells: readonly string[]): string[] {
  return cells.map(printable);
}
