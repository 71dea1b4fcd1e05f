import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forwardClock } from "../../../src/clock.ts";
import { connect } from "../../../src/store/sqlite/connection.ts";
import { loadMigrations } from "../../../src/store/sqlite/migrate.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { by, listIds, makeTarget, one } from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const masterKey = randomBytes(32);
const now = forwardClock();
let temp: ReturnType<typeof makeTempDir>;
let file: string;

beforeEach(() => {
  temp = makeTempDir();
  file = join(temp.path, "data", "targetd.db");
});
afterEach(() => temp.remove());

const open = () => openSqliteStore({ file, masterKey, now });
const startError = (code: string) => expect.objectContaining({ name: "StoreStartError", code });

/** Changes the database behind the store's back. */
function tamper(change: (db: Database.Database) => void): void {
  const db = new Database(file);
  change(db);
  db.close();
}

test("the database and its WAL can be read by their owner only", async () => {
  const store = await open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
  await store.close();
  chmodSync(file, 0o644);
  await (await open()).close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a commit is synced, references are checked and nobody else gets in", () => {
  const db = connect(file);
  const pragmas = ["journal_mode", "synchronous", "foreign_keys", "locking_mode"];
  const values = pragmas.map((name) => db.pragma(name, { simple: true }));
  db.close();
  const synchronousFull = 2;
  expect(values).toEqual(["wal", synchronousFull, 1, "exclusive"]);
});

test("commits are reported with the number of their writers", async () => {
  const batches: number[] = [];
  const onCommit = (writers: number) => batches.push(writers);
  const store = await openSqliteStore({ file, masterKey, now, onCommit });
  await Promise.all(["a", "b", "c"].map((id) => store.createTarget(one, makeTarget(id), by)));
  await store.createTarget(one, makeTarget("d"), by);
  await store.close();
  expect(batches).toEqual([3, 1]);
});

test("a second opener is refused and the first goes on", async () => {
  const store = await open();
  await expect(open()).rejects.toEqual(startError("in-use"));
  await store.createTarget(one, makeTarget("a"), by);
  await store.close();
  const again = await open();
  expect(await listIds(again)).toEqual(["a"]);
  await again.close();
});

test("a killed process loses the lock and nothing that it was told is stored", async () => {
  const script = fileURLToPath(new URL("../../support/hold-store.ts", import.meta.url));
  const holder = spawn(process.execPath, [script, file, masterKey.toString("hex")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await once(holder.stdout, "data");
    await expect(open()).rejects.toEqual(startError("in-use"));
  } finally {
    const exited = once(holder, "exit");
    holder.kill("SIGKILL");
    await exited;
  }
  const store = await open();
  expect(await listIds(store)).toEqual(["a", "b", "c"]);
  await store.close();
});

test("a newer schema is refused and stays as it is", async () => {
  await (await open()).close();
  const newer = loadMigrations().length + 1;
  tamper((db) => db.pragma(`user_version = ${newer}`));
  await expect(open()).rejects.toEqual(startError("schema-newer"));
  tamper((db) => expect(db.pragma("user_version", { simple: true })).toBe(newer));
});

test("a lost data key is not replaced", async () => {
  await (await open()).close();
  tamper((db) => db.exec("DELETE FROM data_keys"));
  await expect(open()).rejects.toEqual(startError("unusable"));
  tamper((db) => expect(db.prepare("SELECT * FROM data_keys").all()).toEqual([]));
});

test("the refusal of a wrong master key names both places of the right one", async () => {
  await (await open()).close();
  const wrong = openSqliteStore({ file, masterKey: randomBytes(32), now });
  await expect(wrong).rejects.toThrow(/TARGETD_MASTER_KEY.*master\.key/);
});

test("a file that is no database is refused and stays as it is", async () => {
  await (await open()).close();
  const text = "not a database ".repeat(100);
  writeFileSync(file, text);
  await expect(open()).rejects.toEqual(startError("unusable"));
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("a deleted target leaves no sealed secret behind", async () => {
  const store = await open();
  for (const id of ["a", "b"]) {
    const target = makeTarget(id, { headers: new Map([["h", "v"]]) });
    await store.createTarget(one, target, by);
  }
  await store.deleteTarget(one, makeTarget("a").id, () => undefined, by);
  await store.close();
  tamper((db) => {
    const withHeaders = db.prepare("SELECT id FROM targets WHERE sealed_headers IS NOT NULL");
    expect(withHeaders.pluck().all()).toEqual(["b"]);
    expect(db.prepare("SELECT target_id FROM signing_keys").pluck().all()).toEqual(["b"]);
  });
});

test("a stored secret that was changed breaks that target alone", async () => {
  const store = await open();
  for (const id of ["a", "b"]) await store.createTarget(one, makeTarget(id), by);
  await store.close();
  tamper((db) =>
    db.exec(`UPDATE signing_keys SET sealed_secret =
      (SELECT sealed_secret FROM signing_keys WHERE target_id = 'b') WHERE target_id = 'a'`),
  );
  const again = await open();
  await expect(again.getTarget(one, makeTarget("a").id, by.at)).rejects.toMatchObject({
    name: "StoreError",
    code: "broken",
  });
  expect(await again.getTarget(one, makeTarget("b").id, by.at)).toEqual(makeTarget("b"));
  await again.close();
});
