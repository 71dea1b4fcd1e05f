/** Drags an entry of a list with a mouse, a pen or a finger. */
import { useEffect, useRef, useState } from "preact/hooks";
import { placeAt } from "./reorder.ts";

interface Drag {
  readonly from: number;
  /** Where the entry would go. */
  readonly to: number;
  /** How far it was dragged, in pixels. */
  readonly shift: number;
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
  const ending = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  const grab = (from: number, { clientY: start, button }: PointerEvent) => {
    if (button !== 0) return;
    // At once, not when the entry is drawn: the pointer may be up again by then.
    const control = new AbortController();
    ending.current?.abort();
    ending.current = control;
    let to = from;
    const end = () => {
      control.abort();
      setDrag(undefined);
    };
    const options = { signal: control.signal };
    const on = <K extends keyof WindowEventMap>(
      type: K,
      react: (event: WindowEventMap[K]) => void,
    ) => window.addEventListener(type, react, options);
    on("pointermove", ({ clientY }) => {
      to = placeAt(middlesOf(list), clientY, from);
      setDrag({ from, to, shift: clientY - start });
    });
    on("pointerup", () => {
      end();
      if (to !== from) onMove(from, to);
    });
    on("pointercancel", end);
    on("keydown", ({ key }) => {
      if (key === "Escape") end();
    });
  };
  return {
    grab,
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

/** Of the entries; that of the dragged one, which is elsewhere meanwhile, is not asked for. */
function middlesOf({ current }: List): readonly number[] {
  return [...(current?.children ?? [])].map((entry) => {
    const { top, height } = entry.getBoundingClientRect();
    return top + height / 2;
  });
}
