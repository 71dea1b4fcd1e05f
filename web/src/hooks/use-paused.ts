/** Waits for a pause in typing, so that not every letter is a call. */
import { useEffect, useState } from "preact/hooks";

const pauseMs = 150;

/** The text, once nothing was typed for a moment. */
export function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
