/** Puts a target into the lists of conditions without taking anything from others. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Condition, Execution } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import {
  type ConditionId,
  conditionId,
  eventCandidates,
  idOf,
  parseConditionId,
  requestCandidates,
} from "../../domain/condition.ts";
import { noList } from "../../domain/execution-update.ts";
import { toConditionMessage } from "../../rpc/condition-message.ts";
import { CliError } from "../cli-error.ts";
import { conditionText } from "../execution/condition.ts";
import { exitCodes } from "../exit-codes.ts";
import type { ActionClient } from "../target/client.ts";

/** How often a list that others change meanwhile is read anew. */
const attempts = 10;

export interface AttachOptions {
  /** Goes before the list of a wider condition, which then does not run. */
  readonly shadow: boolean;
}

/**
 * Appends a target to the list of a condition, or makes one. The deletion of the target takes it out
 * again.
 *
 * @throws CliError conflict when the list of a wider condition would no longer run
 */
export async function attach(
  client: ActionClient,
  condition: Condition,
  target: string,
  options: AttachOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const [exact, wider] = await listsOf(client, condition);
    if (exact === undefined && wider !== undefined && !options.shadow) {
      throw shadowing(condition, wider);
    }
    const targets = [...(exact?.targets ?? []), target];
    try {
      await client.setExecution({ condition, targets, etag: exact?.etag ?? noList });
      return;
    } catch (error) {
      const isChanged = error instanceof ConnectError && error.code === Code.Aborted;
      if (!isChanged || attempt === attempts) throw error;
    }
  }
}

/** The list of exactly this condition, and the one that runs where there is none. */
async function listsOf(
  client: ActionClient,
  condition: Condition,
): Promise<readonly [exact: Execution | undefined, wider: Execution | undefined]> {
  const id = conditionText(condition);
  const candidates = [id, ...widerThan(id)];
  const conditions = candidates.flatMap((each) => {
    const parsed = parseConditionId(each);
    return parsed === undefined ? [] : [toConditionMessage(parsed)];
  });
  const filters = [{ filter: { case: "inConditionsFilter", value: { conditions } } as const }];
  const { executions } = await client.listExecutions({ filters });
  const byId = new Map(executions.map((each) => [conditionText(each.condition), each]));
  const lists = candidates.map((each) => byId.get(each));
  return [lists[0], lists.slice(1).find((each) => each !== undefined)];
}

/** The conditions that count where this one has no list, the narrowest first. */
export function widerThan(id: string): readonly ConditionId[] {
  const condition = parseConditionId(id);
  if (condition === undefined || condition.kind === "function") return [];
  if (condition.kind === "event") {
    if (condition.scope === "all") return [];
    const type = condition.scope === "type" ? condition.type : condition.group;
    const candidates = eventCandidates(type);
    return candidates.slice(candidates.indexOf(conditionId(id)) + 1);
  }
  if (condition.scope === "all") return [];
  const method = condition.scope === "method" ? condition.method : "";
  const candidates = requestCandidates(condition.kind, condition.service, method);
  return candidates.slice(candidates.indexOf(idOf(condition)) + 1);
}

function shadowing(condition: Condition, { condition: other, targets }: Execution): CliError {
  const [id, wide] = [conditionText(condition), conditionText(other)];
  return new CliError(
    exitCodes.conflict,
    `a list for ${id} would go before that of ${wide}, whose ${targets.length} targets would miss calls`,
    { hint: `listen to ${wide}, or take the calls for this time with --shadow` },
  );
}
