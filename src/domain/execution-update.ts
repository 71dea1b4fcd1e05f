/** What SetExecution does to the list of a condition (contract.md section 6): pure. */
import { ApiError, type Violation } from "../errors/api-error.ts";
import type { ConditionId } from "./condition.ts";
import type { Execution } from "./execution.ts";
import { changeDate, etagOf, type FieldChange } from "./target.ts";
import type { Micros, TargetId } from "./units.ts";

/** A checked wish to replace a list. */
export interface ExecutionCommand {
  readonly id: ConditionId;
  readonly targets: readonly TargetId[];
  /** The etag the execution must have; empty for any, {@link noList} for none. */
  readonly etag: string;
}

/** In place of the etag of a list: there must be none. No list ever has it, as it would be of 1970. */
export const noList = "none";

/** The execution before and after; the very same object when nothing changes. */
export interface ExecutionUpdate {
  readonly next: Execution | undefined;
  readonly fields: readonly FieldChange[];
}

/**
 * Replaces the list.
 *
 * @param missing those of the targets that do not exist
 * @throws ApiError etagMismatch, executionTargetNotFound
 */
export function setTargets(
  current: Execution | undefined,
  { id, targets, etag }: ExecutionCommand,
  missing: readonly TargetId[],
  now: Micros,
): ExecutionUpdate {
  const currentEtag = current && current.targets.length > 0 ? etagOf(current) : noList;
  if (etag !== "" && etag !== currentEtag) {
    throw new ApiError("etagMismatch", { text: "the etag is not the current one; list it again" });
  }
  if (missing.length > 0) {
    throw new ApiError("executionTargetNotFound", { detail: namesOf(missing) });
  }
  const old = current?.targets ?? [];
  const same = old.length === targets.length && old.every((each, i) => each === targets[i]);
  if (same) return { next: current, fields: [] };
  const next: Execution = {
    id,
    createdAt: current?.createdAt ?? now,
    changedAt: current === undefined ? now : changeDate(current, now),
    targets,
  };
  return { next, fields: [{ field: "targets", old: [...old], new: [...targets] }] };
}

/** Most ids that an error names. */
const maxNamed = 10;
/** Longest part of an id that it names; ids of the server are shorter. */
const maxShown = 40;

function namesOf(ids: readonly string[]): string {
  const named = ids.slice(0, maxNamed).map((id) => JSON.stringify(shorten(id)));
  const more = ids.length - named.length;
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${more} more`;
}

function shorten(id: string): string {
  return id.length <= maxShown ? id : `${id.slice(0, maxShown)}...`;
}

/** The mistakes of a list that names a target twice. */
export function repeatedTargets(targets: readonly string[]): Violation[] {
  const seen = new Set<string>();
  return targets.flatMap((id, index) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const description = `repeats the target ${JSON.stringify(shorten(id))}`;
    return [{ field: `targets[${index}]`, description }];
  });
}
