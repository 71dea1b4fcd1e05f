/** Text that is typed before it counts. */
import { useEffect, useRef, useState } from "preact/hooks";

/**
 * @param value what counts; the text follows when it changes, and only then, so that what is typed while a
 *   page is still being set up is not lost
 */
export function useTyped(value: string): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const followed = useRef(value);
  useEffect(() => {
    if (followed.current === value) return;
    followed.current = value;
    setText(value);
  }, [value]);
  return [text, setText];
}
