/** Sealing every stored secret anew under another data key. */
import type Database from "better-sqlite3";
import { type Place, SealError, type Sealer } from "../seal.ts";
import { fingerprintBytes } from "../sealed-values.ts";

/** A column of sealed values. Each value is bound to instance, table, row and column. */
export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** Columns that name the row within its instance, in the order of its {@link Place}. */
  readonly row: readonly string[];
  /** SQL that is true of sealed values alone. */
  readonly condition: string;
}

/** Every column of sealed values, besides those of data_keys. */
export const sealedColumns: readonly SealedColumn[] = [
  {
    table: "targets",
    column: "sealed_headers",
    row: ["id"],
    condition: "sealed_headers IS NOT NULL",
  },
  {
    table: "signing_keys",
    column: "sealed_secret",
    row: ["target_id", "key_id"],
    condition: "TRUE",
  },
  {
    table: "instance_keys",
    column: "sealed_private_key",
    row: ["id"],
    condition: "TRUE",
  },
  {
    table: "replays",
    column: "sealed_answer",
    row: ["caller", "method", "request_id"],
    condition: "TRUE",
  },
  {
    table: "replays",
    column: "fingerprint",
    row: ["caller", "method", "request_id"],
    condition: `length(fingerprint) <> ${fingerprintBytes}`,
  },
];

/** What became of the stored secrets. */
export interface Resealed {
  /** Values that are sealed under the new key. */
  readonly resealed: number;
  /** Values that did not open under the old key; they stay as they were. */
  readonly damaged: number;
}

/** Told how many of the stored secrets were looked at, and how many there are. */
export type OnReseal = (done: number, total: number) => void;

/** Rows that are read before they are written, which bounds what is in memory. */
const step = 500;

/** Seals every value that `from` opens by `to`. Runs inside the caller's transaction. */
export function reseal(
  db: Database.Database,
  from: Sealer,
  to: Sealer,
  onProgress: OnReseal = () => undefined,
): Resealed {
  const counts = { resealed: 0, damaged: 0 };
  const total = countSealed(db);
  for (const column of sealedColumns) {
    for (const change of sealedValues(db, column)) {
      const plain = openOrUndefined(from, change);
      if (plain === undefined) {
        counts.damaged += 1;
      } else {
        change.replace(to.seal(plain, change.place));
        counts.resealed += 1;
      }
      onProgress(counts.resealed + counts.damaged, total);
    }
  }
  return counts;
}

/** How many values are sealed. */
export function countSealed(db: Database.Database): number {
  const count = ({ table, condition }: SealedColumn) =>
    db.prepare<[], number>(`SELECT count(*) FROM ${table} WHERE ${condition}`).pluck().get() ?? 0;
  return sealedColumns.reduce((sum, column) => sum + count(column), 0);
}

interface SealedValue {
  readonly place: Place;
  readonly sealed: Uint8Array;
  replace(sealed: Uint8Array): void;
}

type ValueRow = [rowId: number, sealed: Uint8Array, instance: string, ...row: string[]];

function* sealedValues(db: Database.Database, sealed: SealedColumn): Generator<SealedValue> {
  const { table, column, row, condition } = sealed;
  const select = db
    .prepare<[number, number]>(
      `SELECT rowid, ${column}, instance_id, ${row.join(", ")} FROM ${table}
       WHERE rowid > ? AND ${condition} ORDER BY rowid LIMIT ?`,
    )
    .raw();
  const update = db.prepare<[Uint8Array, number]>(
    `UPDATE ${table} SET ${column} = ? WHERE rowid = ?`,
  );
  let last = 0;
  for (;;) {
    const rows = select.all(last, step) as ValueRow[];
    for (const [rowId, value, instance, ...names] of rows) {
      last = rowId;
      yield {
        place: { instance, table, row: names, column },
        sealed: value,
        replace: (next) => void update.run(next, rowId),
      };
    }
    if (rows.length < step) return;
  }
}

function openOrUndefined(sealer: Sealer, { sealed, place }: SealedValue): Buffer | undefined {
  try {
    return sealer.open(sealed, place);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}
