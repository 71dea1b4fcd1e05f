export interface CodeBlockProps {
  /** What the text is, for screen readers. */
  readonly label: string;
  readonly text: string;
}

/** A long text that scrolls by itself, with keys too. */
export function CodeBlock({ label, text }: CodeBlockProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards can only scroll what has the focus.
    <section class="code-block" aria-label={label} tabIndex={0}>
      <pre>{text}</pre>
    </section>
  );
}
