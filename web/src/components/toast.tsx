/** Short messages about what was done; screen readers speak them. */
import { signal } from "@preact/signals";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
}

const shownFor = 6_000;
const most = 3;

const shown = signal<readonly Toast[]>([]);
let lastId = 0;

/** Shows a message for some seconds. What the user must not miss belongs into the page instead. */
export function toast(text: string): void {
  lastId += 1;
  const id = lastId;
  shown.value = [...shown.value, { id, text }].slice(-most);
  setTimeout(() => dismiss(id), shownFor);
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.value.map(({ id, text }) => (
        <div key={id} class="toast">
          <Icon name="check" />
          <span>{text}</span>
          <Button kind="quiet" small icon="close" label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
