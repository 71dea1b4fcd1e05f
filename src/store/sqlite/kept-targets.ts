import { BoundedCache } from "../../bounded-cache.ts";
import type { Target } from "../../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import type { TargetRow } from "../rows/targets.ts";
import type { Undoing } from "./group-commit.ts";
import type { History } from "./histories.ts";

/** Targets that are kept, of a KiB or so: some MiB. */
const most = 4000;
/** Length of what may be long of a target, in characters and bytes, up to which it is kept. */
const longest = 2048;

/** A target with all its keys, expired ones too, its row and its history. */
export interface KeptTarget {
  readonly target: Target;
  readonly row: TargetRow;
  readonly history: History;
}

/**
 * Targets in memory as they are stored, those that were read or written last. Whoever writes one puts it
 * here or has it forgotten: nobody else writes to the database. When a write is undone all are forgotten.
 * Their secrets are beside the key that opens them, as those that were opened last are anyway.
 */
export interface KeptTargets {
  find(instance: InstanceId, id: TargetId): KeptTarget | undefined;
  put(target: KeptTarget): KeptTarget;
  forget(instance: InstanceId, id: TargetId): void;
  clear(): void;
}

export function createKeptTargets(commits: Undoing): KeptTargets {
  const kept = new BoundedCache<KeptTarget>(most);
  const clear = () => kept.clear();
  commits.whenUndone(clear);
  return {
    find: (instance, id) => kept.find(key(instance, id)),
    put(target) {
      const name = key(target.row.instance_id, target.target.id);
      if (lengthOf(target.row) > longest) {
        kept.delete(name);
        return target;
      }
      const alone = { ...target, row: withOwnMemory(target.row) };
      kept.set(name, alone);
      return alone;
    },
    forget: (instance, id) => kept.delete(key(instance, id)),
    clear,
  };
}

function lengthOf({ name, endpoint, sealed_headers: headers, delivery_policy: policy }: TargetRow) {
  return name.length + endpoint.length + (headers?.length ?? 0) + (policy?.length ?? 0);
}

/** What was just sealed is a part of a pool of Node's, which would stay as a whole: 64 KiB. */
function withOwnMemory(row: TargetRow): TargetRow {
  const { sealed_headers: sealed } = row;
  if (sealed === null || sealed.buffer.byteLength === sealed.byteLength) return row;
  return { ...row, sealed_headers: new Uint8Array(sealed) };
}

/** Ids of instances have no slash. */
const key = (instance: InstanceId, id: TargetId): string => `${instance}/${id}`;

/** A target as it is at a time; the same object where none of its keys has expired. */
export function withoutExpiredKeys(target: Target, now: Micros): Target {
  const { previousKeys } = target;
  if (previousKeys.every(({ expiresAt }) => expiresAt > now)) return target;
  return { ...target, previousKeys: previousKeys.filter(({ expiresAt }) => expiresAt > now) };
}
