/** The PostgreSQL database that is filled. */
import type pg from "pg";
import { describeDsn, parseDsn } from "../postgres/dsn.ts";
import { toStartError } from "../postgres/errors.ts";
import { loadPostgresMigrations, migrate, readVersion } from "../postgres/migrate.ts";
import { moveTablesSql, readMove } from "../postgres/moved.ts";
import { createPool, defaultLimits } from "../postgres/pool.ts";
import { execute } from "../postgres/session.ts";
import { StoreStartError } from "../start-error.ts";
import { type MovedTable, rowsAtOnce } from "./tables.ts";
import {
  type Canonical,
  type Column,
  fromPostgres,
  readExpression,
  sentType,
  toPostgres,
} from "./values.ts";

/** How a table of PostgreSQL is made. */
export interface TableShape {
  readonly columns: readonly Column[];
  /** Names of the columns of its primary key. */
  readonly key: readonly string[];
}

/** What a destination is before a move: nothing, begun with this source, or finished. */
export type Condition = "empty" | "begun" | "finished";

export interface Destination {
  /** @throws StoreStartError `unusable` when it holds anything else */
  condition(source: string): Promise<Condition>;
  /** Makes the tables and takes note of what is to come. */
  begin(source: string, expected: ReadonlyMap<string, number>): Promise<void>;
  /** How many rows of each table were to come, and how many are there. */
  progress(): Promise<ReadonlyMap<string, { readonly expected: number; readonly moved: number }>>;
  shape(table: string): Promise<TableShape>;
  /** Adds rows, and takes note of them in the same transaction. */
  add(
    table: string,
    columns: readonly Column[],
    rows: readonly (readonly Canonical[])[],
  ): Promise<void>;
  /** Reads all rows of a table. */
  rows(table: MovedTable, columns: readonly Column[]): AsyncIterable<readonly Canonical[]>;
  /** Lets new rows have numbers of their own. */
  setSequences(): Promise<void>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** The lock of a move: "tg-move" in ASCII. */
const lockNumber = 0x74672d6d6f7665n;

/**
 * Connects to a database, and keeps other moves away from it until `close`.
 *
 * @throws StoreStartError
 */
export async function openDestination(url: string): Promise<Destination> {
  const dsn = parseDsn(url);
  const where = describeDsn(dsn);
  const unlimited = {
    ...{ statementTimeout: 0, lockTimeout: 0, idleInTransactionTimeout: 0, answerTimeout: 0 },
    connections: 1,
  };
  const pool = createPool(dsn, { ...defaultLimits, ...unlimited });
  let client: pg.PoolClient | undefined;
  const close = async () => {
    if (client !== undefined) pool.release(client, new Error("done"));
    await pool.end();
  };
  try {
    client = await pool.acquire();
    const { rows } = await execute(client, {
      text: "SELECT pg_try_advisory_lock($1) AS locked",
      values: [String(lockNumber)],
    });
    if (rows[0]?.locked !== true) throw unusable(where, "another move to it is under way");
    return destinationOf(client, where, close);
  } catch (error) {
    await close();
    throw toStartError(error, where);
  }
}

function destinationOf(
  client: pg.PoolClient,
  where: string,
  close: () => Promise<void>,
): Destination {
  const ask = async (text: string, values: readonly unknown[] = []) => {
    try {
      return (await execute(client, { text, values: [...values] })).rows;
    } catch (error) {
      throw toStartError(error, where);
    }
  };
  const inTransaction = async (work: () => Promise<unknown>) => {
    await ask("BEGIN");
    await work();
    await ask("COMMIT");
  };
  return {
    condition: (source) => conditionOf(client, where, source),
    begin: (source, expected) =>
      migrate(client, loadPostgresMigrations(), async () => {
        await ask(moveTablesSql);
        await ask("INSERT INTO sqlite_move (source) VALUES ($1)", [source]);
        await ask(
          `INSERT INTO sqlite_move_tables (name, expected)
           SELECT * FROM unnest($1::text[], $2::bigint[])`,
          [[...expected.keys()], [...expected.values()]],
        );
      }),
    async progress() {
      const rows = await ask("SELECT name, expected, moved FROM sqlite_move_tables");
      return new Map(rows.map(({ name, expected, moved }) => [name, { expected, moved }]));
    },
    shape: async (table) => ({
      columns: (await ask(columnsSql, [table])) as Column[],
      key: (await ask(keySql, [table])).map(({ name }) => String(name)),
    }),
    add: (table, columns, rows) =>
      inTransaction(async () => {
        await ask(insertSql(table, columns), listsOf(columns, rows));
        await ask("UPDATE sqlite_move_tables SET moved = moved + $2 WHERE name = $1", [
          ...[table, rows.length],
        ]);
      }),
    rows: (table, columns) => readRows(ask, table, columns),
    setSequences: async () => {
      await ask(`SELECT setval(pg_get_serial_sequence('deliveries', 'row'),
        (SELECT coalesce(max(row), 0) + 1 FROM deliveries), false)`);
      await ask(`SELECT setval('delivery_turns',
        (SELECT coalesce(max(turn), 0) + 1 FROM delivery_queues), false)`);
    },
    async finish() {
      await inTransaction(async () => {
        await ask("UPDATE sqlite_move SET finished_at = now()");
        await ask("DROP TABLE sqlite_move_tables");
      });
      // So that the first plans are good ones.
      await ask("ANALYZE");
    },
    close,
  };
}

type Ask = (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

async function conditionOf(
  client: pg.PoolClient,
  where: string,
  source: string,
): Promise<Condition> {
  const [{ version }, move] = [await readVersion(client), await readMove(client)];
  if (move !== undefined) {
    if (move.source !== source) throw unusable(where, "another database was moved to it");
    if (move.finishedAt !== undefined) return "finished";
    if (version === loadPostgresMigrations().length) return "begun";
    throw unusable(where, "the move to it was begun by another version of targetd");
  }
  if (version > 0) throw unusable(where, "a targetd has used it already");
  const { rows } = await execute(client, {
    text: `SELECT relname AS name FROM pg_class
      WHERE relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = current_schema()::regnamespace
      ORDER BY relname LIMIT 1`,
  });
  if (rows.length === 0) return "empty";
  throw unusable(where, `it holds something else: ${rows[0]?.name}`);
}

const columnsSql = `SELECT attname AS name, format_type(atttypid, atttypmod) AS type
  FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
  ORDER BY attnum`;

const keySql = `SELECT attname AS name FROM pg_index
  CROSS JOIN unnest(indkey) WITH ORDINALITY AS part (number, place)
  JOIN pg_attribute ON attrelid = indrelid AND attnum = part.number
  WHERE indrelid = $1::regclass AND indisprimary ORDER BY part.place`;

/** Names come from the schema, and none needs quotes. */
function insertSql(table: string, columns: readonly Column[]): string {
  const names = columns.map(({ name }) => name).join(", ");
  const lists = columns.map((column, index) => `$${index + 1}::${sentType(column)}`).join(", ");
  const values = columns.map(({ name, type }) => `added.${name}::${type}`).join(", ");
  return `INSERT INTO ${table} (${names}) OVERRIDING SYSTEM VALUE
    SELECT ${values} FROM unnest(${lists}) AS added (${names})`;
}

function listsOf(columns: readonly Column[], rows: readonly (readonly Canonical[])[]) {
  return columns.map((column, index) => rows.map((row) => toPostgres(row[index] ?? null, column)));
}

async function* readRows(
  ask: Ask,
  { name, atOnce = rowsAtOnce }: MovedTable,
  columns: readonly Column[],
): AsyncGenerator<readonly Canonical[]> {
  const expressions = columns.map((column) => `${readExpression(column)} AS ${column.name}`);
  await ask("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await ask(
    `DECLARE moved_rows NO SCROLL CURSOR FOR SELECT ${expressions.join(", ")} FROM ${name}`,
  );
  for (;;) {
    const rows = await ask(`FETCH ${atOnce} FROM moved_rows`);
    for (const row of rows) {
      yield columns.map((column) => fromPostgres(row[column.name] as Canonical, column));
    }
    if (rows.length < atOnce) break;
  }
  await ask("COMMIT");
}

function unusable(where: string, why: string): StoreStartError {
  const hint = "name an empty database, made for targetd alone";
  return new StoreStartError("unusable", `${where} cannot be filled: ${why}; ${hint}`);
}
