/** A move, cut off between two batches, and with rows that are hard to move. */
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { moveToPostgres } from "../../../src/store/move/move.ts";
import { openPostgresStore } from "../../../src/store/postgres/open.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { by, makeTarget, one, start } from "../../conformance/store/fixtures.ts";
import { createDatabase, dropDatabase, onServer } from "../../support/postgres.ts";
import { temporaryFolder } from "../../support/tool.ts";
import { usePostgres } from "../../support/use-postgres.ts";

const postgres = usePostgres();
const masterKey = Buffer.alloc(32, "key of moves");
const now = () => start;
const target = makeTarget("t", { headers: new Map([["h", "secret"]]) });

/** A database that nobody uses, with a target and 3500 ids of events. */
async function newSqlite(): Promise<string> {
  const file = `${temporaryFolder()}/targetd.db`;
  const store = await openSqliteStore({ file, masterKey, now });
  await store.createTarget(one, target, by);
  await store.close();
  change(
    file,
    `UPDATE instances SET name = 'a' || char(0, 98, 1, 99);
     WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 3500)
     INSERT INTO published_events (instance_id, id, at) SELECT '${one}', 'e' || n, n FROM numbers`,
  );
  return file;
}

function change(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.close();
}

async function newDatabase(): Promise<string> {
  const url = await createDatabase(postgres.url);
  onTestFinished(() => dropDatabase(postgres.url, url));
  return url;
}

const refused = { name: "StoreStartError", code: "unusable" } as const;
const cutOff = () => {
  throw new Error("cut off");
};
const move = (file: string, url: string, onProgress: () => void = () => undefined) =>
  moveToPostgres({ file, masterKey, url, dryRun: false, onProgress });

test("a move goes on in the middle of a table, and moves no row twice", async () => {
  const [file, url] = [await newSqlite(), await newDatabase()];
  const first = moveToPostgres({
    ...{ file, masterKey, url, dryRun: false },
    onProgress({ table, done, total }) {
      if (table === "published_events" && done >= 2000 && done < total) throw new Error("cut off");
    },
  });
  await expect(first).rejects.toThrow("cut off");
  const [there] = await onServer(url, "SELECT count(*)::integer AS n FROM published_events");
  expect(there).toEqual({ n: 2000 });
  await expect(openPostgresStore({ url, masterKey, now })).rejects.toMatchObject(refused);

  expect(await move(file, url)).toMatchObject({ kind: "moved", damaged: 0, opened: 2 });
  const store = await openPostgresStore({ url, masterKey, now });
  onTestFinished(() => store.close());
  expect(await store.getTarget(one, target.id, start)).toEqual(target);
  const { items } = await store.listInstances({ offset: 0, limit: 10, ascending: true });
  expect(items.map(({ name }) => name)).toContain("a\u0000b\u0001c");
  expect(await move(file, url)).toEqual({ kind: "finished-before" });
});

test("a source that changed since, or is another one, is refused", async () => {
  const [file, other, url] = [await newSqlite(), await newSqlite(), await newDatabase()];
  await expect(move(file, url, cutOff)).rejects.toThrow("cut off");
  await expect(move(other, url)).rejects.toMatchObject(refused);
  change(file, "DELETE FROM published_events WHERE id = 'e1'");
  await expect(move(file, url)).rejects.toMatchObject(refused);
});

test("secrets that were damaged before are counted, and moved as they are", async () => {
  const [file, url] = [await newSqlite(), await newDatabase()];
  change(file, "UPDATE targets SET sealed_headers = zeroblob(length(sealed_headers))");
  expect(await move(file, url)).toMatchObject({ kind: "moved", damaged: 1, opened: 1 });
});

test("two moves to one database at once: one is refused", async () => {
  const [file, other, url] = [await newSqlite(), await newSqlite(), await newDatabase()];
  const others: unknown[] = [];
  let tried = false;
  await moveToPostgres({
    ...{ file, masterKey, url, dryRun: false },
    onProgress() {
      if (tried) return;
      tried = true;
      others.push(move(other, url).catch((error: unknown) => error));
    },
  });
  expect(await Promise.all(others)).toEqual([expect.objectContaining(refused)]);
});

test("a database that a server begins to use at the same moment is refused", async () => {
  const [file, url] = [await newSqlite(), await newDatabase()];
  const starting = openPostgresStore({ url, masterKey, now });
  const outcomes = await Promise.allSettled([starting, move(file, url)]);
  const failed = outcomes.filter(({ status }) => status === "rejected");
  expect(failed).toEqual([{ status: "rejected", reason: expect.objectContaining(refused) }]);
  const [started] = outcomes;
  if (started.status === "fulfilled") await started.value.close();
});

test("a move that another version began is refused", async () => {
  const [file, url] = [await newSqlite(), await newDatabase()];
  await expect(move(file, url, cutOff)).rejects.toThrow("cut off");
  await onServer(url, "UPDATE schema_version SET version = version - 1");
  await expect(move(file, url)).rejects.toMatchObject(refused);
});
