/** Asks before the user leaves a page on which something was changed and not saved. */
import { useLayoutEffect } from "preact/hooks";

let unsavedParts = 0;

/** Whether nothing would be lost, or the user wants to lose it. */
export function mayLeave(): boolean {
  return (
    unsavedParts === 0 || window.confirm("Leave this page? What you changed here is not saved.")
  );
}

/** While something is unsaved, links, the ways back and forth and closing the tab ask first. */
export function useUnsaved(unsaved: boolean): void {
  useLayoutEffect(() => {
    if (!unsaved) return;
    const warn = (event: Event) => event.preventDefault();
    unsavedParts++;
    window.addEventListener("beforeunload", warn);
    return () => {
      unsavedParts--;
      window.removeEventListener("beforeunload", warn);
    };
  }, [unsaved]);
}
