import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databaseFile, masterKeyFile, nextMasterKeyFile } from "../../../src/store/data-dir.ts";
import { readKeyFile } from "../../../src/store/key-file.ts";
import { loadOrCreateMasterKey } from "../../../src/store/master-key.ts";
import { rotateMasterKey, rotateMasterKeyFile } from "../../../src/store/rotate-master-key.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { by, makeTarget, one, start } from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const target = makeTarget("t", { headers: new Map([["h", "secret"]]) });
let temp: ReturnType<typeof makeTempDir>;
let dataDir: string;
let file: string;
let firstKey: Uint8Array;

beforeEach(async () => {
  temp = makeTempDir();
  dataDir = temp.path;
  file = databaseFile(dataDir);
  firstKey = loadOrCreateMasterKey({ dataDir, databaseExists: false });
  const store = await open(firstKey);
  await store.createTarget(one, target, by);
  await store.close();
});
afterEach(() => temp.remove());

const open = (masterKey: Uint8Array) => openSqliteStore({ file, masterKey, now: () => start });
const startError = (code: string) => expect.objectContaining({ name: "StoreStartError", code });
const base64 = (key: Uint8Array) => Buffer.from(key).toString("base64");

/** Every row of the database, the wrapped key by itself. */
function content() {
  const db = new Database(file, { readonly: true });
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'");
  const rows = new Map(
    tables
      .pluck()
      .all()
      .map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()]),
  );
  const wrapped = db.prepare<[], Buffer>("SELECT wrapped_key FROM data_keys").pluck().get();
  db.close();
  rows.delete("data_keys");
  return { rows, wrapped: wrapped ?? Buffer.of() };
}

/** What a server does at its start; resolves with the key it found. */
async function startServer(): Promise<Uint8Array> {
  const key = loadOrCreateMasterKey({ dataDir, databaseExists: true });
  const store = await open(key);
  expect(await store.getTarget(one, target.id, start)).toEqual(target);
  await store.close();
  return key;
}

test("the new key opens the database, the old one no longer does", async () => {
  const newKey = randomBytes(32);
  rotateMasterKey({ file, oldKey: firstKey, newKey });
  await expect(open(firstKey)).rejects.toEqual(startError("master-key-wrong"));
  const store = await open(newKey);
  expect(await store.getTarget(one, target.id, start)).toEqual(target);
  await store.close();
});

test("no row but the wrapped key changes, and its old form is gone from the file", () => {
  const before = content();
  rotateMasterKey({ file, oldKey: firstKey, newKey: randomBytes(32) });
  const after = content();
  expect(after.rows).toEqual(before.rows);
  expect(after.wrapped).not.toEqual(before.wrapped);
  for (const name of readdirSync(dataDir)) {
    expect(readFileSync(`${dataDir}/${name}`).includes(before.wrapped)).toBe(false);
  }
});

test("a wrong old key changes nothing", () => {
  const before = content();
  const wrong = { file, oldKey: randomBytes(32), newKey: randomBytes(32) };
  expect(() => rotateMasterKey(wrong)).toThrow(startError("master-key-wrong"));
  expect(content()).toEqual(before);
});

test("a new key that is none changes nothing", async () => {
  const before = content();
  expect(() => rotateMasterKey({ file, oldKey: firstKey, newKey: randomBytes(16) })).toThrow();
  expect(content()).toEqual(before);
});

test("a database in use is not touched, and the server goes on", async () => {
  const store = await open(firstKey);
  const rotation = { file, oldKey: firstKey, newKey: randomBytes(32) };
  expect(() => rotateMasterKey(rotation)).toThrow(startError("in-use"));
  expect(() => rotateMasterKeyFile(dataDir)).toThrow(startError("in-use"));
  expect(existsSync(nextMasterKeyFile(dataDir))).toBe(false);
  expect(await store.getTarget(one, target.id, start)).toEqual(target);
  await store.close();
  expect(await startServer()).toEqual(firstKey);
});

test("no database is made where none is", () => {
  const missing = `${dataDir}/other.db`;
  const rotation = { file: missing, oldKey: firstKey, newKey: randomBytes(32) };
  expect(() => rotateMasterKey(rotation)).toThrow(startError("unusable"));
  expect(existsSync(missing)).toBe(false);
});

test("a newer schema is not touched", () => {
  const db = new Database(file);
  db.pragma("user_version = 9999");
  db.close();
  const rotation = { file, oldKey: firstKey, newKey: randomBytes(32) };
  expect(() => rotateMasterKey(rotation)).toThrow(startError("schema-newer"));
});

test("the key file gets a new key, is private, and nothing else stays", async () => {
  rotateMasterKeyFile(dataDir);
  const key = await startServer();
  expect(key).not.toEqual(firstKey);
  expect(readdirSync(dataDir).sort()).toEqual(["master.key", "targetd.db"]);
  expect(statSync(masterKeyFile(dataDir)).mode & 0o777).toBe(0o600);
});

test("without a key file, or with a wrong one, nothing is written", () => {
  const before = content();
  writeFileSync(masterKeyFile(dataDir), base64(randomBytes(32)));
  expect(() => rotateMasterKeyFile(dataDir)).toThrow(startError("master-key-wrong"));
  rmSync(masterKeyFile(dataDir));
  expect(() => rotateMasterKeyFile(dataDir)).toThrow(startError("master-key-missing"));
  expect(readdirSync(dataDir).filter((name) => name.startsWith("master.key"))).toEqual([]);
  expect(content()).toEqual(before);
});

test("wherever a rotation is cut off, the next start and the next rotation work", async () => {
  const script = fileURLToPath(new URL("../../support/cut-rotation.ts", import.meta.url));
  const outcomes = { old: 0, new: 0 };
  let key = firstKey;
  const rotate = (n: number) =>
    spawnSync(process.execPath, [script, dataDir, `${n}`], { stdio: "inherit" });
  for (let n = 1; rotate(n).signal !== null; n++) {
    const found = await startServer();
    expect(existsSync(nextMasterKeyFile(dataDir))).toBe(false);
    outcomes[Buffer.compare(found, key) === 0 ? "old" : "new"] += 1;
    key = found;
  }
  expect(await startServer()).not.toEqual(key);
  // Old: until the database changes. New: before the rename, and before that is durable.
  expect(outcomes.old).toBeGreaterThanOrEqual(3);
  expect(outcomes.new).toBeGreaterThanOrEqual(2);
});

test("a rotation finishes the one before it that was cut off", async () => {
  const newKey = randomBytes(32);
  writeFileSync(nextMasterKeyFile(dataDir), base64(newKey));
  rotateMasterKey({ file, oldKey: firstKey, newKey });
  rotateMasterKeyFile(dataDir);
  expect(await startServer()).not.toEqual(newKey);
});

test("when neither file opens the database, both stay and the start is refused", async () => {
  const stray = randomBytes(32);
  writeFileSync(nextMasterKeyFile(dataDir), base64(stray));
  rotateMasterKey({ file, oldKey: firstKey, newKey: randomBytes(32) });
  await expect(startServer()).rejects.toEqual(startError("master-key-wrong"));
  expect(() => rotateMasterKeyFile(dataDir)).toThrow(startError("master-key-wrong"));
  expect(readKeyFile(masterKeyFile(dataDir))).toEqual(firstKey);
  expect(readKeyFile(nextMasterKeyFile(dataDir))).toEqual(stray);
});
