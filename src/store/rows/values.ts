import { type Micros, micros } from "../../domain/units.ts";

/** How a driver has a boolean: SQLite knows 0 and 1 only. */
export type Flag = boolean | number;

/** A row as SQLite takes it: 0 and 1 for booleans. */
export type WithNumbers<Row> = {
  readonly [Column in keyof Row]: boolean extends Row[Column]
    ? Exclude<Row[Column], boolean> | number
    : Row[Column];
};

/** Makes the booleans of a row 0 and 1. */
export function withNumbers<Row extends object>(row: Row): WithNumbers<Row> {
  const entries = Object.entries(row).map(([name, value]) => [name, withNumber(value)]);
  return Object.fromEntries(entries) as WithNumbers<Row>;
}

/** Makes a boolean 0 or 1. */
export function withNumber(value: unknown): unknown {
  return typeof value === "boolean" ? Number(value) : value;
}

/** A nullable time as the domain has it. */
export function optionalMicros(value: number | null): Micros | undefined {
  return value === null ? undefined : micros(value);
}
