/** The targets of an execution in call order, which is changed by dragging, by keys and by buttons. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Condition } from "../../../../src/domain/condition.ts";
import type { Targets } from "../../hooks/use-targets.ts";
import { moved } from "./reorder.ts";
import { TargetEntry } from "./target-entry.tsx";
import { useDrag } from "./use-drag.ts";

export interface TargetOrderProps {
  readonly condition: Condition;
  readonly ids: readonly string[];
  readonly targets: Targets;
  readonly onChange: (ids: readonly string[]) => void;
}

export function TargetOrder({ condition, ids, targets, onChange }: TargetOrderProps) {
  const hint = useId();
  const list = useRef<HTMLOListElement>(null);
  const [told, setTold] = useState("");
  const focusOn = useFocusAfterMove(list);
  const nameOf = (id: string) => targets.get(id)?.name ?? id;
  const move = (from: number, to: number) => {
    const id = ids[from] ?? "";
    const next = moved(ids, from, to);
    setTold(`${nameOf(id)} is at position ${next.indexOf(id) + 1} of ${ids.length}.`);
    if (next !== ids) onChange(next);
  };
  const remove = (id: string) => {
    setTold(`${nameOf(id)} was taken off the list.`);
    onChange(ids.filter((other) => other !== id));
  };
  const drag = useDrag(list, move);
  return (
    <>
      <p class="muted" id={hint}>
        Drag a target by its handle, or focus the handle and press the arrow keys.
      </p>
      <ol class="order" ref={list}>
        {ids.map((id, index) => (
          <TargetEntry
            key={id}
            id={id}
            target={targets.get(id)}
            canInterrupt={condition.kind !== "event"}
            place={{ index, count: ids.length }}
            hint={hint}
            drag={drag.stateOf(index)}
            onGrab={(event) => drag.grab(index, event)}
            onMove={(to, control) => {
              focusOn(id, control);
              move(index, to);
            }}
            onRemove={() => remove(id)}
          />
        ))}
      </ol>
      <p class="visually-hidden" role="status" aria-live="assertive">
        {told}
      </p>
    </>
  );
}

/** A control that moves in the page loses the focus, so it gets it back. */
function useFocusAfterMove(list: { readonly current: HTMLOListElement | null }) {
  const wanted = useRef("");
  useEffect(() => {
    if (wanted.current === "") return;
    const control = list.current?.querySelector<HTMLButtonElement>(wanted.current);
    wanted.current = "";
    control?.focus();
  });
  return (id: string, control: string) => {
    wanted.current = `[data-target="${CSS.escape(id)}"] [data-control="${control}"]`;
  };
}
