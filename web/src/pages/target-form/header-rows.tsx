/** The extra headers of a target: names are shown, values only sent. */
import { useId, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import type { HeaderRow } from "../../targets/form.ts";

const most = 20;

export interface HeaderRowsProps {
  readonly rows: readonly HeaderRow[];
  readonly error: string | undefined;
  readonly onChange: (rows: readonly HeaderRow[]) => void;
}

export function HeaderRows({ rows, error, onChange }: HeaderRowsProps) {
  const id = useId();
  const add = useRef<HTMLDivElement>(null);
  const nextKey = rows.reduce((largest, { key }) => Math.max(largest, key), -1) + 1;
  const change = (changed: HeaderRow) =>
    onChange(rows.map((row) => (row.key === changed.key ? changed : row)));
  return (
    <fieldset class="plain" aria-describedby={error ? `${id}-error` : undefined}>
      <legend class="visually-hidden">Extra headers</legend>
      {rows.map((row, index) => (
        <HeaderRowFields
          key={row.key}
          row={row}
          place={index + 1}
          invalid={error !== undefined}
          onChange={change}
          onRemove={() => {
            onChange(rows.filter(({ key }) => key !== row.key));
            add.current?.querySelector("button")?.focus();
          }}
        />
      ))}
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      <div ref={add}>
        <Button
          small
          icon="plus"
          disabled={rows.length >= most}
          onClick={() => onChange([...rows, { key: nextKey, name: "", value: "", stored: false }])}
        >
          Add header
        </Button>
      </div>
    </fieldset>
  );
}

interface HeaderRowFieldsProps {
  readonly row: HeaderRow;
  /** Counted from 1. */
  readonly place: number;
  readonly invalid: boolean;
  readonly onChange: (row: HeaderRow) => void;
  readonly onRemove: () => void;
}

function HeaderRowFields({ row, place, invalid, onChange, onRemove }: HeaderRowFieldsProps) {
  return (
    <div class="header-row field">
      <input
        class="mono"
        aria-label={`Name of header ${place}`}
        aria-invalid={invalid}
        placeholder="Name"
        spellcheck={false}
        value={row.name}
        // Another name has no stored value.
        onInput={({ currentTarget }) =>
          onChange({ ...row, name: currentTarget.value, stored: false })
        }
        readOnly={row.stored}
      />
      <input
        class="mono"
        type="password"
        autocomplete="new-password"
        aria-label={`Value of header ${place}`}
        placeholder={row.stored ? "Stored; type to replace it" : "Value"}
        value={row.value}
        onInput={({ currentTarget }) => onChange({ ...row, value: currentTarget.value })}
      />
      <Button kind="quiet" icon="close" label={`Remove header ${place}`} onClick={onRemove} />
    </div>
  );
}
