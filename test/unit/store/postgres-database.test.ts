import { createServer, type Socket } from "node:net";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type Database,
  createDatabase as openDatabase,
} from "../../../src/store/postgres/database.ts";
import { parseDsn } from "../../../src/store/postgres/dsn.ts";
import { createPool, defaultLimits, type PoolLimits } from "../../../src/store/postgres/pool.ts";
import type { Transaction } from "../../../src/store/postgres/session.ts";
import { unusedPort } from "../../support/closed-port.ts";
import { createDatabase, dropDatabase, onServer } from "../../support/postgres.ts";
import { usePostgres } from "../../support/use-postgres.ts";

const server = usePostgres();
let url: string;
const opened: Database[] = [];

function connect(at = url, limits: Partial<PoolLimits> = {}): Database {
  const pool = createPool(parseDsn(at), { ...defaultLimits, connections: 3, ...limits });
  const database = openDatabase(pool);
  opened.push(database);
  return database;
}

beforeEach(async () => {
  url = await createDatabase(server.url);
  await onServer(
    url,
    `CREATE TABLE numbers (number integer PRIMARY KEY);
     CREATE SEQUENCE tries;
     CREATE FUNCTION fail(state text, times integer) RETURNS void LANGUAGE plpgsql AS $$
     BEGIN
       IF nextval('tries') <= times THEN RAISE EXCEPTION USING ERRCODE = state; END IF;
     END $$`,
  );
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  await dropDatabase(server.url, url);
});

const numbers = async () => {
  const rows = (await onServer(url, "SELECT number FROM numbers ORDER BY number")) as {
    number: number;
  }[];
  return rows.map(({ number }) => number);
};
const insert = (transaction: Transaction, number: number) =>
  transaction.send("INSERT INTO numbers VALUES ($1)", [number]);
const unavailable = expect.objectContaining({ name: "StoreError", code: "unavailable" });

test("a transaction is kept, or discarded after its checks have run", async () => {
  const db = connect();
  await db.write(async (transaction) => insert(transaction, 1));
  await db.write(async (transaction) => insert(transaction, 2), "discard");
  const twice = db.write(async (transaction) => insert(transaction, 1), "discard");
  await expect(twice).rejects.toMatchObject({ code: "broken" });
  expect(await numbers()).toEqual([1]);
});

test("what a transaction throws undoes it, and the connection works on", async () => {
  const db = connect(url, { connections: 1 });
  const mistake = new Error("no");
  const failing = db.write(async (transaction) => {
    insert(transaction, 1);
    throw mistake;
  });
  await expect(failing).rejects.toBe(mistake);
  await db.write(async (transaction) => insert(transaction, 2));
  expect(await numbers()).toEqual([2]);
});

test("a write that fails is what the transaction fails with, not what comes behind it", async () => {
  const db = connect();
  await db.write(async (transaction) => insert(transaction, 1));
  const failing = db.write(async (transaction) => {
    insert(transaction, 1);
    await transaction.row("SELECT 1", []);
  });
  await expect(failing).rejects.toMatchObject({ cause: { code: "23505" } });
});

test.each(["40001", "40P01"])("after %s a transaction is tried again", async (state) => {
  const db = connect();
  await db.write(async (transaction) => {
    insert(transaction, 1);
    transaction.send("SELECT fail($1, 3)", [state]);
  });
  expect(await numbers()).toEqual([1]);
});

test("tries are bounded", async () => {
  const db = connect();
  const failing = db.write(async (transaction) =>
    transaction.send("SELECT fail($1, 1000)", ["40001"]),
  );
  await expect(failing).rejects.toEqual(unavailable);
  const [row] = await onServer(url, "SELECT last_value::integer AS tries FROM tries");
  expect(row).toEqual({ tries: 6 });
});

test("what no other try would change is not tried again", async () => {
  const db = connect();
  const failing = db.write(async (transaction) =>
    transaction.send("SELECT fail($1, 1000)", ["22000"]),
  );
  await expect(failing).rejects.toMatchObject({ code: "broken" });
  const [row] = await onServer(url, "SELECT last_value::integer AS tries FROM tries");
  expect(row).toEqual({ tries: 1 });
});

test("connections that the server has ended are replaced", async () => {
  const db = connect();
  await Promise.all([1, 2, 3].map((n) => db.write(async (tx) => insert(tx, n))));
  await onServer(
    server.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = '${new URL(url).pathname.slice(1)}'`,
  );
  for (const n of [4, 5, 6]) await db.write(async (transaction) => insert(transaction, n));
  expect(await numbers()).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a connection that is lost in a transaction is replaced, and the transaction begins again", async () => {
  const db = connect();
  let tries = 0;
  await db.write(async (transaction) => {
    tries += 1;
    insert(transaction, tries);
    if (tries === 1) await transaction.row("SELECT pg_terminate_backend(pg_backend_pid())", []);
  });
  expect(await numbers()).toEqual([2]);
});

test("a lock that is not to be had in time makes the call fail, and the next one works", async () => {
  const db = connect(url, { lockTimeout: 50 });
  await db.write(async (transaction) => insert(transaction, 1));
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query("BEGIN; UPDATE numbers SET number = 2");
  const update = () => db.write(async (tx) => tx.send("UPDATE numbers SET number = 3", []));
  await expect(update()).rejects.toEqual(unavailable);
  await other.query("COMMIT");
  await other.end();
  await update();
  expect(await numbers()).toEqual([3]);
});

test("a statement that takes too long is ended", async () => {
  const db = connect(url, { statementTimeout: 50 });
  const slow = db.read((session) => session.row("SELECT pg_sleep(60)", []));
  await expect(slow).rejects.toEqual(unavailable);
});

test("an answer that does not come is given up, with its connection", async () => {
  const sockets = new Set<Socket>();
  // A server that is cut off: connections are taken, and nothing is said.
  const silent = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as { port: number };
  const db = connect(`postgres://127.0.0.1:${port}/d`, { connectTimeout: 50 });
  await expect(db.read((session) => session.row("SELECT 1", []))).rejects.toEqual(unavailable);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

test("of several hosts those are passed over that are not there, or are standbys", async () => {
  const { host, username, password, pathname } = new URL(url);
  const gone = await unusedPort();
  const db = connect(`postgres://${username}:${password}@127.0.0.1:${gone},${host}${pathname}`);
  await db.write(async (transaction) => insert(transaction, 1));
  expect(await numbers()).toEqual([1]);
});

test("a server that takes no writes any more is left for one that does", async () => {
  const db = connect();
  await db.read((session) => session.row("SELECT 1", []));
  const name = new URL(url).pathname.slice(1);
  await onServer(server.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await onServer(
    server.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
  );
  const write = (n: number) => db.write(async (transaction) => insert(transaction, n));
  await expect(write(1)).rejects.toEqual(unavailable);
  await onServer(server.url, `ALTER DATABASE ${name} RESET default_transaction_read_only`);
  await write(2);
  expect(await numbers()).toEqual([2]);
});

test("closing waits for what is under way; what comes later is refused", async () => {
  const db = connect(url, { connections: 1 });
  const writes = [1, 2, 3].map((n) => db.write(async (transaction) => insert(transaction, n)));
  await db.close();
  await Promise.all(writes);
  expect(await numbers()).toEqual([1, 2, 3]);
  await expect(db.read(async () => undefined)).rejects.toEqual(unavailable);
  await expect(db.write(async () => undefined)).rejects.toEqual(unavailable);
});
