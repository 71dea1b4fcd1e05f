/** Names of targets, which lists of other things know by their ids only. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Target } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { api } from "../api/clients.ts";

export type Targets = ReadonlyMap<string, Target>;

/** Most ids of one filter. */
const mostIds = 1000;

/**
 * Reads the targets that are not known yet. Deleted ones are missing, and all of them are where the token
 * may not read targets: then the ids have to do.
 */
export function useTargets(ids: readonly string[]): Targets {
  const [known, setKnown] = useState<Targets>(new Map());
  const asked = useRef(new Set<string>());
  const missing = [...new Set(ids)].filter((id) => id !== "" && !asked.current.has(id));
  useEffect(() => {
    if (missing.length === 0) return;
    const targetIds = missing.slice(0, mostIds);
    for (const id of targetIds) asked.current.add(id);
    readTargets(targetIds).then(
      (found) => setKnown((before) => new Map([...before, ...found])),
      () => undefined,
    );
  }, [missing.join()]);
  return known;
}

/** Reads at most 1000 targets by their ids. */
export async function readTargets(targetIds: readonly string[], signal?: AbortSignal) {
  if (targetIds.length === 0) return new Map<string, Target>();
  const value = { targetIds: [...targetIds] };
  const { targets } = await api.actions.listTargets(
    {
      pagination: { limit: mostIds },
      filters: [{ filter: { case: "inTargetIdsFilter", value } }],
    },
    signal === undefined ? {} : { signal },
  );
  return new Map(targets.map((target) => [target.id, target]));
}
