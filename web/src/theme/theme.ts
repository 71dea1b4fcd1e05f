/** Dark or light: as the system has it, unless the user chose one. */
import { signal } from "@preact/signals";
import { keptForGood } from "../storage.ts";

export type Theme = "system" | "light" | "dark";

const themes: readonly Theme[] = ["system", "light", "dark"];
const storageKey = "targetd.theme";

const stored = keptForGood.get(storageKey);
const chosen = signal<Theme>(themes.find((theme) => theme === stored) ?? "system");

export const theme: { readonly value: Theme } = chosen;

/** Shows the next theme and remembers it in this browser. */
export function nextTheme(): void {
  const next = themes[(themes.indexOf(chosen.value) + 1) % themes.length] ?? "system";
  chosen.value = next;
  keptForGood.set(storageKey, next);
  applyTheme();
}

/** The styles read it from the root element. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = chosen.value;
}
