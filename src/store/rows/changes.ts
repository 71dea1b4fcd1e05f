/** Rows of the audit and its records, one into the other. */
import type { FieldChange } from "../../domain/target.ts";
import { micros } from "../../domain/units.ts";
import type { ChangePage, ChangeRecord } from "../audit-store.ts";

export interface ChangeRow extends Omit<ChangeRecord, "at" | "certificate" | "fields"> {
  readonly sequence: number;
  readonly at: number;
  readonly certificate: string | null;
  /** JSON of FieldChange[]. */
  readonly fields: string;
}

/** @param rows of the page, and one more when it is not the last */
export function toChangePage(rows: readonly ChangeRow[], limit: number): ChangePage {
  const page = rows.slice(0, limit);
  const next = rows.length > page.length ? page.at(-1)?.sequence : undefined;
  return { items: page.map(toChange), next };
}

function toChange({ sequence: _, at, certificate, fields, ...row }: ChangeRow): ChangeRecord {
  return {
    ...row,
    at: micros(at),
    certificate: certificate ?? undefined,
    fields: JSON.parse(fields) as FieldChange[],
  };
}
