/** Drags an entry of a list with a mouse, a pen or a finger. */
import { useEffect, useState } from "preact/hooks";
import { placeAt } from "./reorder.ts";

interface Drag {
  readonly from: number;
  /** Where the entry would go. */
  readonly to: number;
  /** How far it was dragged, in pixels. */
  readonly shift: number;
  /** Where it was grabbed, in pixels of the window. */
  readonly start: number;
}

/** What an entry shows of a drag. */
export interface DragState {
  /** How far the entry itself is dragged; undefined while it is not. */
  readonly shift: number | undefined;
  /** The side on which the dragged entry would go in. */
  readonly drop: "before" | "after" | undefined;
}

type List = { readonly current: HTMLElement | null };

/**
 * Nothing moves in the page before the entry is dropped: what is moved would lose the pointer.
 *
 * @param list its children are the entries
 */
export function useDrag(list: List, onMove: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<Drag>();
  useEffect(() => {
    if (drag === undefined) return;
    const control = new AbortController();
    const options = { signal: control.signal };
    const move = ({ clientY }: PointerEvent) => {
      const shift = clientY - drag.start;
      setDrag({ ...drag, shift, to: placeAt(middlesOf(list), clientY, drag.from) });
    };
    const drop = () => {
      setDrag(undefined);
      if (drag.to !== drag.from) onMove(drag.from, drag.to);
    };
    const cancel = () => setDrag(undefined);
    window.addEventListener("pointermove", move, options);
    window.addEventListener("pointerup", drop, options);
    window.addEventListener("pointercancel", cancel, options);
    window.addEventListener("keydown", ({ key }) => key === "Escape" && cancel(), options);
    return () => control.abort();
  }, [drag]);
  return {
    grab: (from: number, { clientY: start, button }: PointerEvent) => {
      if (button === 0) setDrag({ from, to: from, shift: 0, start });
    },
    stateOf: (index: number): DragState => ({
      shift: drag?.from === index ? drag.shift : undefined,
      drop: dropSide(drag, index),
    }),
  };
}

function dropSide(drag: Drag | undefined, index: number): DragState["drop"] {
  if (drag === undefined || drag.to !== index || drag.from === index) return undefined;
  return drag.to < drag.from ? "before" : "after";
}

/** Without the shift of the dragged one, which does not count for its place. */
function middlesOf({ current }: List): readonly number[] {
  return [...(current?.children ?? [])].map((entry) => {
    const { top, height } = entry.getBoundingClientRect();
    return top + height / 2;
  });
}
