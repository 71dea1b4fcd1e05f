/** What a page shows while there is nothing else to show. */
import type { ComponentChildren } from "preact";
import type { Problem } from "../api/problem.ts";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { SkipExecutionsOffer } from "./skip-executions.tsx";

export function Loading({ what = "Loading" }: { readonly what?: string }) {
  return (
    <p class="state" role="status">
      <span class="spinner" aria-hidden="true" /> {what}…
    </p>
  );
}

export interface EmptyStateProps {
  readonly title: string;
  /** What the user may do about it. */
  readonly children?: ComponentChildren;
}

export function EmptyState({ title, children }: EmptyStateProps) {
  return (
    <div class="state state-empty">
      <p class="state-title">{title}</p>
      {children}
    </div>
  );
}

export interface ErrorStateProps {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}

/** In place of what could not be loaded. */
export function ErrorState({ problem, onRetry }: ErrorStateProps) {
  return (
    <div class="state state-error">
      <ProblemNote problem={problem} />
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Why something failed: text, id, and what to do. */
export function ProblemNote({ problem }: { readonly problem: Problem }) {
  return (
    <Note kind="error">
      <p>
        <strong>{problem.text}</strong> {problem.id && <code>{problem.id}</code>}
      </p>
      {problem.violations.size > 0 && (
        <ul>
          {[...problem.violations].map(([field, text]) => (
            <li key={field}>
              <code>{field}</code>: {text}
            </li>
          ))}
        </ul>
      )}
      <p>{problem.advice}</p>
      <SkipExecutionsOffer problem={problem} />
    </Note>
  );
}

export interface NoteProps {
  readonly kind: "info" | "success" | "warning" | "error";
  readonly children: ComponentChildren;
}

const looks = {
  info: { word: "Note", icon: "info" },
  success: { word: "Done", icon: "check" },
  warning: { word: "Warning", icon: "alert" },
  error: { word: "Error", icon: "alert" },
} as const;

/** A framed remark; errors and warnings are read out when they appear. */
export function Note({ kind, children }: NoteProps) {
  const { word, icon } = looks[kind];
  const urgent = kind === "error" || kind === "warning";
  return (
    <div class={`note note-${kind}`} role={urgent ? "alert" : "note"}>
      <Icon name={icon} />
      <div>
        <span class="visually-hidden">{word}: </span>
        {children}
      </div>
    </div>
  );
}
