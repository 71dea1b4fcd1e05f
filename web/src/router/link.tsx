/** Links within the console. */
import type { ComponentChildren } from "preact";
import { navigate } from "./location.ts";
import { mayLeave } from "./unsaved.ts";

export interface LinkProps {
  /** Path with query. */
  readonly to: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  /** Marks the link to the page that is shown. */
  readonly current?: boolean;
  readonly label?: string;
  /** Says itself that changes are lost, so nothing is asked. */
  readonly discards?: boolean;
}

export function Link(props: LinkProps) {
  const { to, children, class: className, current = false, label, discards = false } = props;
  return (
    <a
      href={to}
      class={className}
      aria-current={current ? "page" : undefined}
      aria-label={label}
      onClick={(event) => follow(event, to, discards)}
    >
      {children}
    </a>
  );
}

/** Whatever would open another tab or window is left to the browser. */
function follow(event: MouseEvent, to: string, discards: boolean): void {
  const { button, metaKey, ctrlKey, shiftKey, altKey } = event;
  if (button !== 0 || metaKey || ctrlKey || shiftKey || altKey) return;
  event.preventDefault();
  if (discards || mayLeave()) navigate(to);
}
