/** Switches, and choices of which all are seen at once. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Choice } from "./field.tsx";

export interface CheckboxProps {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

export function Checkbox({ label, hint, checked, onChange }: CheckboxProps) {
  const id = useId();
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <div>
        <label for={id}>{label}</label>
        {hint && (
          <p class="field-hint" id={`${id}-hint`}>
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

export interface RadioGroupProps<V extends string> {
  readonly legend: string;
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
  readonly error?: string | undefined;
}

export function RadioGroup<V extends string>(props: RadioGroupProps<V>) {
  const { legend, value, choices, onChange, error } = props;
  const name = useId();
  return (
    <fieldset class="radios" aria-describedby={error ? `${name}-error` : undefined}>
      <legend>{legend}</legend>
      <div class="radio-cards">
        {choices.map((choice) => (
          <label key={choice.value} class="radio-card">
            <input
              type="radio"
              name={name}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
            />
            <span>
              <strong>{choice.text}</strong>
              {choice.hint && <span class="radio-hint">{choice.hint}</span>}
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p class="field-error" id={`${name}-error`}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
