/** What a move takes, against the schemas of both stores. */
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { micros } from "../../../src/domain/units.ts";
import { openDestination } from "../../../src/store/move/destination.ts";
import { leftOut, leftOutColumns, movedTables } from "../../../src/store/move/tables.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { createDatabase, onServer } from "../../support/postgres.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { usePostgres } from "../../support/use-postgres.ts";

const postgres = usePostgres();

async function newSqlite(): Promise<Database.Database> {
  const file = `${temporaryFolder()}/targetd.db`;
  const masterKey = Buffer.alloc(32, "key");
  const store = await openSqliteStore({ file, masterKey, now: () => micros(1) });
  await store.close();
  const db = new Database(file);
  onTestFinished(() => void db.close());
  return db;
}

async function newDestination() {
  const url = await createDatabase(postgres.url);
  const destination = await openDestination(url);
  onTestFinished(() => destination.close());
  await destination.begin("test", new Map());
  return { url, destination };
}

const tablesOf = (db: Database.Database) =>
  db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    )
    .pluck()
    .all();

test("every table of either store is moved or left out on purpose", async () => {
  const { url } = await newDestination();
  const tables = (await onServer(
    url,
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  )) as { name: string }[];
  const named = new Set([...movedTables.map(({ name }) => name), ...leftOut.keys()]);
  const ofMoves = ["sqlite_move", "sqlite_move_tables"];
  const found = [...tables.map(({ name }) => name), ...tablesOf(await newSqlite())];
  expect(new Set(found).difference(new Set(ofMoves)).difference(named)).toEqual(new Set());
  expect(new Set(movedTables.map(({ name }) => name)).difference(new Set(found))).toEqual(
    new Set(),
  );
});

test("every column of either store is moved or left out on purpose", async () => {
  const { destination } = await newDestination();
  const db = await newSqlite();
  const there = new Set(tablesOf(db));
  const lost: string[] = [];
  for (const { name, rows, order } of movedTables) {
    const { columns, key } = await destination.shape(name);
    expect(key).not.toEqual([]);
    const taken = columns.map((column) => column.name);
    const from = rows === undefined ? name : `(${rows})`;
    // Fails when there is no such column.
    db.prepare(`SELECT ${taken.join(", ")} FROM ${from} ORDER BY ${order ?? key.join(", ")}`);
    if (!there.has(name)) continue;
    const own = db.prepare<[string], string>("SELECT name FROM pragma_table_info(?)").pluck();
    lost.push(
      ...own
        .all(name)
        .filter((column) => !taken.includes(column))
        .map((column) => `${name}.${column}`),
    );
  }
  expect(lost.toSorted()).toEqual([...leftOutColumns.keys()].toSorted());
});
