import type { ComponentChildren } from "preact";

export type Tone = "neutral" | "info" | "success" | "warning" | "danger";

export interface BadgeProps {
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}

/** A word about the state or kind of something. */
export function Badge({ tone = "neutral", children }: BadgeProps) {
  return <span class={`badge badge-${tone}`}>{children}</span>;
}
