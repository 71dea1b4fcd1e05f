/** Rows of both stores in one form, so that they can be compared. */
import { hash } from "node:crypto";
import { withNul, withoutNul } from "../postgres/text.ts";

/** A column of PostgreSQL. */
export interface Column {
  readonly name: string;
  /** As format_type() names it. */
  readonly type: string;
}

/** A value as text; bytes are in hexadecimal digits, lists are JSON. */
export type Canonical = string | null;

/** What SQLite has, with whole numbers exact. */
export type SqliteValue = string | bigint | number | Uint8Array | null;

/** A value of SQLite in the form that both have. */
export function fromSqlite(value: SqliteValue, { type }: Column): Canonical {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (type === "boolean") return String(value !== 0n && value !== 0);
  if (type === "text[]") return JSON.stringify(JSON.parse(String(value)));
  return String(value);
}

/** The expression by which PostgreSQL gives a column as text. */
export function readExpression({ name, type }: Column): string {
  if (type === "bytea") return `encode(${name}, 'hex')`;
  return type === "text[]" ? `array_to_json(${name})::text` : `${name}::text`;
}

/** What {@link readExpression} gave, without the driver's own changes, in the form that both have. */
export function fromPostgres(text: Canonical, { type }: Column): Canonical {
  if (text === null) return null;
  if (type === "text[]") return JSON.stringify((JSON.parse(text) as string[]).map(withNul));
  return text;
}

/** The type of the list in which values of a column are sent. */
export const sentType = ({ type }: Column): string => (type === "bytea" ? "bytea[]" : "text[]");

/** A value as it is sent in such a list. */
export function toPostgres(value: Canonical, { type }: Column): string | Buffer | null {
  if (value === null) return null;
  if (type === "bytea") return Buffer.from(value, "hex");
  if (type === "text[]") return listLiteral((JSON.parse(value) as string[]).map(withoutNul));
  return withoutNul(value);
}

/** postgresql.org/docs/18/arrays.html#ARRAYS-IO */
function listLiteral(items: readonly string[]): string {
  const quoted = items.map((item) => `"${item.replaceAll(/["\\]/g, "\\$&")}"`);
  return `{${quoted.join(",")}}`;
}

/** What tells apart two sets of rows, in whatever order they come. */
export interface Digest {
  readonly rows: number;
  /** 64 hexadecimal digits. */
  readonly checksum: string;
}

const modulus = 1n << 256n;

/** Adds up rows: their number, and the SHA-256 of each, modulo 2^256. */
export class RowSum {
  #rows = 0;
  #sum = 0n;

  add(row: readonly Canonical[]): void {
    this.#rows += 1;
    const digest = hash("sha256", JSON.stringify(row), "hex");
    this.#sum = (this.#sum + BigInt(`0x${digest}`)) % modulus;
  }

  get rows(): number {
    return this.#rows;
  }

  get digest(): Digest {
    return { rows: this.#rows, checksum: this.#sum.toString(16).padStart(64, "0") };
  }
}
