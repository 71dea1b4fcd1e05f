/** A text that counts once the field is left or Enter is pressed, such as a filter for exact values. */
import { useId } from "preact/hooks";
import { useTyped } from "../hooks/use-typed.ts";
import { Field } from "./field.tsx";
import { Suggestions } from "./suggestions.tsx";

export interface CommittedFieldProps {
  readonly label: string;
  readonly value: string;
  /** @param value without spaces around it */
  readonly onCommit: (value: string) => void;
  /** What the browser suggests. */
  readonly suggestions?: readonly string[];
}

export function CommittedField({ label, value, onCommit, suggestions }: CommittedFieldProps) {
  const list = useId();
  const [text, setText] = useTyped(value);
  return (
    <Field label={label}>
      {(control) => (
        <>
          <input
            {...control}
            type="search"
            list={suggestions && list}
            autocomplete="off"
            spellcheck={false}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            onChange={(event) => onCommit(event.currentTarget.value.trim())}
          />
          {suggestions && <Suggestions id={list} names={suggestions} text={text} />}
        </>
      )}
    </Field>
  );
}
