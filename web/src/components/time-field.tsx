/** A point in time, shown and typed in the time zone of the browser. */
import { Field } from "./field.tsx";
import { localText } from "./local-text.ts";

export interface TimeFieldProps {
  readonly label: string;
  /** Milliseconds since 1970. */
  readonly value: number | undefined;
  /** @param time ISO 8601 in UTC, as it stands in addresses; undefined for none */
  readonly onChange: (time: string | undefined) => void;
}

export function TimeField({ label, value, onChange }: TimeFieldProps) {
  return (
    <Field label={label}>
      {(control) => (
        <input
          {...control}
          type="datetime-local"
          value={value === undefined ? "" : localText(value)}
          onChange={(event) => {
            const time = new Date(event.currentTarget.value);
            onChange(Number.isNaN(time.getTime()) ? undefined : time.toISOString());
          }}
        />
      )}
    </Field>
  );
}
