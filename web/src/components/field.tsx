/** A labelled control of a form, with its hint and its error. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** What a control needs so that it belongs to its label, hint and error. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

export interface FieldTexts {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with the value. */
  readonly error?: string | undefined;
  /** Says so beside the label. */
  readonly optional?: boolean;
}

export interface FieldProps extends FieldTexts {
  readonly children: (control: ControlProps) => ComponentChildren;
}

export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="muted"> (optional)</span>}
      </label>
      {children({
        id,
        "aria-describedby": described || undefined,
        "aria-invalid": error !== undefined,
      })}
      {hint && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}

function FieldError({ id, error }: { readonly id: string; readonly error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p class="field-error" id={id}>
      {error}
    </p>
  );
}

interface InputAttributes {
  readonly placeholder?: string;
  readonly autocomplete?: "off";
  readonly spellcheck?: boolean;
  readonly inputMode?: "numeric" | "decimal";
  readonly autoFocus?: boolean;
}

export interface TextFieldProps extends FieldTexts, InputAttributes {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: "text" | "password" | "search" | "url" | "number" | "datetime-local";
  /** For ids, keys and addresses. */
  readonly mono?: boolean;
}

export function TextField({
  label,
  hint,
  error,
  optional = false,
  value,
  onInput,
  type = "text",
  mono = false,
  ...attributes
}: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional}>
      {(control) => (
        <input
          {...control}
          {...attributes}
          // The types of preact allow one kind of input at a time.
          type={type as "text"}
          class={mono ? "mono" : undefined}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

export interface TextAreaFieldProps extends FieldTexts {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly rows?: number;
  readonly placeholder?: string;
}

export function TextAreaField({
  value,
  onInput,
  rows = 6,
  placeholder,
  ...texts
}: TextAreaFieldProps) {
  return (
    <Field {...texts}>
      {(control) => (
        <textarea
          {...control}
          class="mono"
          rows={rows}
          placeholder={placeholder}
          spellcheck={false}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

/** One choice: what is sent, and how it is called. */
export interface Choice<V extends string> {
  readonly value: V;
  readonly text: string;
  readonly hint?: string;
}

export interface SelectFieldProps<V extends string> extends FieldTexts {
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}

export function SelectField<V extends string>(props: SelectFieldProps<V>) {
  const { value, choices, onChange, ...texts } = props;
  return (
    <Field {...texts}>
      {(control) => (
        <select
          {...control}
          value={value}
          onChange={(event) => {
            const chosen = choices.find((choice) => choice.value === event.currentTarget.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
