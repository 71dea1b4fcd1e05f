/** Texts to be read exactly and copied. */
import type { ComponentChildren } from "preact";
import { CopyButton } from "./copy-button.tsx";

export interface CopyableProps {
  readonly text: string;
  readonly what: string;
}

/** An id or address with a button that copies it. */
export function Copyable({ text, what }: CopyableProps) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <CopyButton text={text} what={what} />
    </span>
  );
}

/** A secret that is shown this once. */
export function Secret({ text, what }: CopyableProps) {
  return (
    <div class="secret">
      <code>{text}</code>
      <CopyButton text={text} what={what} wordy />
    </div>
  );
}

export interface Fact {
  readonly name: string;
  readonly value: ComponentChildren;
}

/** Names and values of one thing. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {facts.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
