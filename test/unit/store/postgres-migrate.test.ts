import pg from "pg";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { migrate, readVersion } from "../../../src/store/postgres/migrate.ts";
import { createDatabase, dropDatabase, onServer } from "../../support/postgres.ts";
import { usePostgres } from "../../support/use-postgres.ts";

const server = usePostgres();
let url: string;
beforeEach(async () => {
  url = await createDatabase(server.url);
  onTestFinished(() => dropDatabase(server.url, url));
});

const tables = { version: 1, sql: "CREATE TABLE numbers (number integer NOT NULL)" };
const build =
  "-- Why.\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS numbers_number ON numbers (number);";
const index = { version: 2, sql: build };
const more = { version: 3, sql: "CREATE TABLE more ()" };

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

async function apply(migrations: Parameters<typeof migrate>[1]): Promise<number> {
  const client = await connect();
  await migrate(client, migrations, async () => undefined);
  return (await readVersion(client)).version;
}

const validity = async () =>
  (await onServer(
    url,
    "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('numbers_number')",
  )) as { valid: boolean }[];

test("an index is built while others write, by one of several that start together", async () => {
  await apply([tables]);
  const writer = await connect();
  await writer.query("BEGIN; INSERT INTO numbers VALUES (1)");
  const started = [1, 2, 3].map(() => apply([tables, index, more]));
  // The building waits for the writer, and so it has begun.
  const waits =
    "SELECT 1 FROM pg_stat_activity WHERE query LIKE '-- Why.%' AND wait_event IS NOT NULL";
  while ((await onServer(server.url, waits)).length === 0);
  await onServer(url, "INSERT INTO numbers VALUES (2)");
  await writer.query("COMMIT");
  expect(await Promise.all(started)).toEqual([3, 3, 3]);
  expect(await validity()).toEqual([{ valid: true }]);
});

test("an index that could not be completed is built anew", async () => {
  await apply([tables]);
  await onServer(url, "INSERT INTO numbers VALUES (1), (1)");
  await expect(apply([tables, index, more])).rejects.toMatchObject({ code: "23505" });
  expect(await validity()).toEqual([{ valid: false }]);
  expect((await readVersion(await connect())).version).toBe(1);
  await onServer(url, "DELETE FROM numbers");
  expect(await apply([tables, index, more])).toBe(3);
  expect(await validity()).toEqual([{ valid: true }]);
});

test("one that an operator has built beforehand is taken", async () => {
  await apply([tables]);
  await onServer(url, build);
  expect(await apply([tables, index])).toBe(2);
});

test("a step that does more beside it is refused", async () => {
  const both = { version: 2, sql: `${build} CREATE TABLE other ()` };
  await expect(apply([tables, both])).rejects.toThrow("migration 2");
  expect(await validity()).toEqual([]);
});
