/**
 * Moves a SQLite database to PostgreSQL: table after table in batches, each in a transaction that also
 * takes note of how far it is. So a move that was cut off goes on where it was, and until everything was
 * compared no server starts with the new database. The old one stays as it is.
 */
import { SealError, type Sealer } from "../seal.ts";
import { fingerprintBytes } from "../sealed-values.ts";
import { type SealedColumn, sealedColumns } from "../sqlite/reseal.ts";
import { StoreStartError } from "../start-error.ts";
import { type Destination, openDestination, type TableShape } from "./destination.ts";
import { openSource, type Source } from "./source.ts";
import { type MovedTable, movedTables, rowsAtOnce } from "./tables.ts";
import { type Canonical, type Column, type Digest, RowSum } from "./values.ts";

export interface MoveOptions {
  /** Path of the SQLite database; no server may use it. */
  readonly file: string;
  /** 32 bytes; opens both databases. */
  readonly masterKey: Uint8Array;
  /** Of the PostgreSQL database. */
  readonly url: string;
  /** Only tells what would be moved. */
  readonly dryRun: boolean;
  /** Told after every batch. */
  readonly onProgress: (progress: MoveProgress) => void;
}

export interface MoveProgress {
  readonly table: string;
  readonly phase: "moving" | "comparing";
  readonly done: number;
  readonly total: number;
}

/** One table on both sides. */
export interface ComparedTable {
  readonly table: string;
  readonly source: Digest;
  readonly destination: Digest;
}

export type MoveOutcome =
  | {
      readonly kind: "planned";
      readonly tables: ReadonlyMap<string, number>;
      /** Whether an earlier move of the same database would go on. */
      readonly goesOn: boolean;
    }
  | { readonly kind: "finished-before" }
  | {
      readonly kind: "moved" | "differs";
      readonly tables: readonly ComparedTable[];
      /** Secrets that opened in the new database. */
      readonly opened: number;
      /** Secrets that did not. */
      readonly damaged: number;
    };

/**
 * Moves, or goes on with a move that was cut off, and compares everything at the end.
 *
 * @throws StoreStartError
 */
export async function moveToPostgres(options: MoveOptions): Promise<MoveOutcome> {
  const { file, masterKey, url, dryRun } = options;
  const source = openSource(file, masterKey);
  try {
    const destination = await openDestination(url);
    try {
      const condition = await destination.condition(source.id);
      if (condition === "finished") return { kind: "finished-before" };
      const tables = new Map(movedTables.map((table) => [table.name, source.count(table)]));
      if (dryRun) return { kind: "planned", tables, goesOn: condition === "begun" };
      if (condition === "empty") await destination.begin(source.id, tables);
      // A server may have been faster, and use the database now.
      await destination.condition(source.id);
      await moveRows(source, destination, options);
      return await compareAll(source, destination, options);
    } finally {
      await destination.close();
    }
  } finally {
    source.close();
  }
}

async function moveRows(
  source: Source,
  destination: Destination,
  { onProgress }: MoveOptions,
): Promise<void> {
  const progress = await destination.progress();
  for (const table of movedTables) {
    const { expected = 0, moved = 0 } = progress.get(table.name) ?? {};
    const total = source.count(table);
    if (total !== expected) throw changedSource(table.name);
    const { columns, key } = await destination.shape(table.name);
    let done = moved;
    for (const batch of batches(source.rows(table, columns, key, moved), table)) {
      await destination.add(table.name, columns, batch);
      done += batch.length;
      onProgress({ table: table.name, phase: "moving", done, total });
    }
  }
  await destination.setSequences();
}

function changedSource(table: string): StoreStartError {
  return new StoreStartError(
    "unusable",
    `the SQLite database has changed since the move of it began (table ${table}): make the PostgreSQL ` +
      "database anew, empty, and start again",
  );
}

/** Most characters of a batch, so that long rows do not fill the memory. */
const batchLength = 8_000_000;

function* batches(
  rows: Iterable<readonly Canonical[]>,
  { atOnce = rowsAtOnce }: MovedTable,
): Generator<readonly (readonly Canonical[])[]> {
  let batch: (readonly Canonical[])[] = [];
  let length = 0;
  for (const row of rows) {
    batch.push(row);
    for (const value of row) length += value?.length ?? 0;
    if (batch.length < atOnce && length < batchLength) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}

async function compareAll(
  source: Source,
  destination: Destination,
  { onProgress }: MoveOptions,
): Promise<MoveOutcome> {
  const tables: ComparedTable[] = [];
  const secrets = { opened: 0, damaged: 0 };
  for (const table of movedTables) {
    const shape = await destination.shape(table.name);
    const total = source.count(table);
    const told = (done: number) =>
      onProgress({ table: table.name, phase: "comparing", done, total });
    const open = secretsOf(table.name, shape, source.sealer, secrets);
    const found = await sumOf(destination.rows(table, shape.columns), open, told);
    const expected = new RowSum();
    for (const row of source.rows(table, shape.columns, shape.key, 0)) expected.add(row);
    tables.push({ table: table.name, source: expected.digest, destination: found });
  }
  const isSame = tables.every(
    (table) =>
      table.source.rows === table.destination.rows &&
      table.source.checksum === table.destination.checksum,
  );
  if (isSame) await destination.finish();
  return { kind: isSame ? "moved" : "differs", tables, ...secrets };
}

async function sumOf(
  rows: AsyncIterable<readonly Canonical[]>,
  open: (row: readonly Canonical[]) => void,
  told: (done: number) => void,
): Promise<Digest> {
  const sum = new RowSum();
  for await (const row of rows) {
    sum.add(row);
    open(row);
    if (sum.rows % rowsAtOnce === 0) told(sum.rows);
  }
  if (sum.rows % rowsAtOnce > 0) told(sum.rows);
  return sum.digest;
}

/** Returns a function that opens the secrets of a row, and counts those that open. */
function secretsOf(
  table: string,
  { columns }: TableShape,
  sealer: Sealer,
  counts: { opened: number; damaged: number },
): (row: readonly Canonical[]) => void {
  const sealed = sealedColumns.filter((column) => column.table === table);
  const at = (name: string) => columns.findIndex((column: Column) => column.name === name);
  const places = sealed.map((column) => ({
    column,
    value: at(column.column),
    instance: at("instance_id"),
    row: column.row.map(at),
  }));
  return (row) => {
    for (const { column, value, instance, row: names } of places) {
      const text = row[value] ?? null;
      if (text === null || isPlain(column, text)) continue;
      const place = {
        ...{ table, column: column.column, instance: row[instance] ?? "" },
        row: names.map((index) => row[index] ?? ""),
      };
      if (opens(sealer, Buffer.from(text, "hex"), place)) counts.opened += 1;
      else counts.damaged += 1;
    }
  };
}

/** Fingerprints that are stored as they are are as long as that; see sealed-values.ts. */
function isPlain({ column }: SealedColumn, hex: string): boolean {
  return column === "fingerprint" && hex.length === fingerprintBytes * 2;
}

function opens(sealer: Sealer, sealed: Buffer, place: Parameters<Sealer["open"]>[1]): boolean {
  try {
    sealer.open(sealed, place);
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}
