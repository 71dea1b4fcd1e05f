/** A list that is edited, while it is read anew from time to time. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Targets } from "../../hooks/use-targets.ts";
import type { ExecutionState } from "./load.ts";

export interface EditedList {
  readonly ids: readonly string[];
  readonly targets: Targets;
  /** It is not as it was read or saved last. */
  readonly changed: boolean;
  readonly edit: (ids: readonly string[], targets?: Targets) => void;
  /** Says that the list is saved as it is. */
  readonly saved: () => void;
  /** Gives up the changes. */
  readonly undo: () => void;
}

/** What is edited while the list is being read stays; without changes it becomes what was read. */
export function useEditedList(base: ExecutionState): EditedList {
  const [ids, setIds] = useState(base.ids);
  const [targets, setTargets] = useState(base.targets);
  const [reference, setReference] = useState(base.ids);
  const changed = ids.join() !== reference.join();
  const known = useRef(base);
  useEffect(() => {
    if (known.current === base) return;
    known.current = base;
    setTargets((before) => new Map([...before, ...base.targets]));
    setReference(base.ids);
    if (!changed) setIds(base.ids);
  }, [base]);
  return {
    ids,
    targets,
    changed,
    edit(next, more) {
      setIds(next);
      if (more !== undefined) setTargets(more);
    },
    saved: () => setReference(ids),
    undo: () => setIds(reference),
  };
}
