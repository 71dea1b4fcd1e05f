/** Reads everything that is brought over. */
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  ExecutionFieldName,
  PublicKeyFieldName,
  TargetFieldName,
} from "../../../gen/zitadel/action/v2/query_pb.ts";
import type { PublicKey, Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { conditionText } from "../execution/condition.ts";
import { concurrently } from "./concurrently.ts";
import { withoutIncludes } from "./includes.ts";
import { readAll } from "./pages.ts";
import { isMissing, type SourceServer } from "./source.ts";

const { listTargets, listPublicKeys, listExecutions } = ActionService.method;

/** Calls to a server that are under way at the same time. */
export const mostCalls = 8;

export interface ListedExecution {
  /** Id of the condition; empty for one that this version does not know. */
  readonly id: string;
  /** Ids of targets, in call order. */
  readonly targets: readonly string[];
}

/** What a server has. */
export interface Inventory {
  readonly targets: readonly Target[];
  /** By the id of the target. */
  readonly keys: ReadonlyMap<string, readonly PublicKey[]>;
  readonly executions: readonly ListedExecution[];
}

/** Calls a method; that of the source, or that of the server that is imported into. */
export type Call = SourceServer["call"];

/**
 * @param keyed whose public keys are read; those of all targets unless given
 * @throws ConnectError, CliError
 */
export async function readInventory(
  call: Call,
  keyed: (target: Target) => boolean = () => true,
): Promise<Inventory> {
  const targets = await readTargets(call);
  const keys = await readKeys(call, targets.filter(keyed));
  return { targets, keys, executions: await readExecutions(call) };
}

/** By id, which sorts by creation too, and in one way only: pages of equal dates could overlap. */
function readTargets(call: Call): Promise<readonly Target[]> {
  const sortingColumn = TargetFieldName.ID;
  return readAll(
    "targets",
    async (pagination) => {
      const answer = await call(listTargets, { pagination, sortingColumn });
      return { items: answer.targets, pagination: answer.pagination };
    },
    ({ id }) => id,
  );
}

/** A server of an older version has no public keys. */
async function readKeys(call: Call, targets: readonly Target[]) {
  const keys = new Map<string, readonly PublicKey[]>();
  try {
    await concurrently(targets, mostCalls, async ({ id }) => {
      keys.set(id, await readKeysOf(call, id));
    });
  } catch (error) {
    if (!isMissing(error)) throw error;
    keys.clear();
  }
  return keys;
}

function readKeysOf(call: Call, targetId: string): Promise<readonly PublicKey[]> {
  const sortingColumn = PublicKeyFieldName.CREATION_DATE;
  return readAll(
    `public keys of the target ${targetId}`,
    async (pagination) => {
      const answer = await call(listPublicKeys, { targetId, pagination, sortingColumn });
      return { items: answer.publicKeys, pagination: answer.pagination };
    },
    ({ keyId }) => keyId,
  );
}

async function readExecutions(call: Call): Promise<readonly ListedExecution[]> {
  const sortingColumn = ExecutionFieldName.ID;
  const listed = await readAll(
    "executions",
    async (pagination) => {
      const answer = await call(listExecutions, { pagination, sortingColumn });
      return { items: answer.executions, pagination: answer.pagination };
    },
    ({ condition, targets }) => conditionText(condition) || targets.join(),
  );
  const executions = listed.map(({ condition, targets }) => ({
    id: groupId(conditionText(condition)),
    targets,
  }));
  return withoutIncludes(executions);
}

/** A group may be given with the ".*" that its id ends with. */
function groupId(id: string): string {
  return id.replace(/(\.\*)+$/, ".*");
}
