/** The frame of a page: heading, what may be done, content. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Link } from "../router/link.tsx";

export interface PageProps {
  readonly title: string;
  /** The page above. */
  readonly up?: { readonly text: string; readonly to: string };
  readonly intro?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Page({ title, up, intro, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · targetd`;
  }, [title]);
  return (
    <>
      {up && (
        <p class="up">
          <span aria-hidden="true">← </span>
          <Link to={up.to}>{up.text}</Link>
        </p>
      )}
      <header class="page-head">
        <h1 tabIndex={-1}>{title}</h1>
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {intro && <p class="intro">{intro}</p>}
      {children}
    </>
  );
}

export interface CardProps {
  readonly title: string;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A part of a page under a heading of its own. */
export function Card({ title, actions, children }: CardProps) {
  return (
    <section class="card">
      <header class="card-head">
        <h2>{title}</h2>
        {actions && <div class="page-actions">{actions}</div>}
      </header>
      {children}
    </section>
  );
}
