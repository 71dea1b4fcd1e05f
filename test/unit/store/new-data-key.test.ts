/** Rotations of the master key that replace the data key as well. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databaseFile, nextMasterKeyFile } from "../../../src/store/data-dir.ts";
import { unwrapDataKey } from "../../../src/store/data-key.ts";
import { loadOrCreateMasterKey } from "../../../src/store/master-key.ts";
import { rotateMasterKey, rotateMasterKeyFile } from "../../../src/store/rotate-master-key.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { sealedColumns } from "../../../src/store/sqlite/reseal.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeInstanceKey } from "../../conformance/store/execution-fixtures.ts";
import {
  allTargets,
  by,
  done,
  later,
  makeTarget,
  noChange,
  one,
  replay,
  rotating,
  start,
  storeError,
} from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const target = makeTarget("t", { headers: new Map([["h", "secret"]]) });
const instanceKey = makeInstanceKey("k");
const remembered = { ...by, replay: replay(() => "remembered") };
const newDataKey = true;
let temp: ReturnType<typeof makeTempDir>;
let dataDir: string;
let file: string;
let firstKey: Uint8Array;

beforeEach(async () => {
  temp = makeTempDir();
  dataDir = join(temp.path, "data");
  file = databaseFile(dataDir);
  firstKey = loadOrCreateMasterKey({ dataDir, databaseExists: false });
  await withStore(async (store) => {
    await store.createTarget(one, target, by);
    await store.updateTarget(one, target.id, rotating("new secret", later(60)), remembered);
    await store.changeInstanceKeys(one, () => ({ next: [instanceKey], fields: [] }), by);
  });
});
afterEach(() => temp.remove());

const masterKey = () => loadOrCreateMasterKey({ dataDir, databaseExists: true });
const open = (key: Uint8Array, path = file) =>
  openSqliteStore({ file: path, masterKey: key, now: () => start });

async function withStore<T>(work: (store: Store) => Promise<T>, key = masterKey()): Promise<T> {
  const store = await open(key);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function query<T>(sql: string): readonly T[] {
  const db = new Database(file);
  const rows = db.prepare<[], T>(sql).all();
  db.close();
  return rows;
}

interface SealedRow {
  readonly sealed: Buffer | null;
}
const sealedValues = (): readonly Buffer[] =>
  sealedColumns.flatMap(({ table, column }) =>
    query<SealedRow>(`SELECT ${column} AS sealed FROM ${table}`).flatMap(
      ({ sealed }) => sealed ?? [],
    ),
  );

/**
 * Everything that was sealed opens: headers, both keys, the key of the instance, the remembered answer
 * and its fingerprint.
 */
async function expectContent(store: Store): Promise<void> {
  const found = await store.getTarget(one, target.id, start);
  expect(found?.settings.headers).toEqual(target.settings.headers);
  expect(found?.signingKey.secret).toBe("new secret");
  expect(found?.previousKeys.map(({ secret }) => secret)).toEqual([target.signingKey.secret]);
  expect(await store.readInstanceKeys(one)).toEqual([instanceKey]);
  const again = await store.updateTarget(one, target.id, noChange, remembered);
  expect(again).toEqual({ kind: "replayed", answer: Buffer.from("remembered") });
  const other = { ...by, replay: replay(() => "", { fingerprint: randomBytes(32) }) };
  await expect(store.updateTarget(one, target.id, noChange, other)).rejects.toEqual(
    storeError("request-id-reused"),
  );
}

test("every secret reads as before, under the new master key alone", async () => {
  const newKey = randomBytes(32);
  const rotation = { file, oldKey: firstKey, newKey, newDataKey };
  expect(rotateMasterKey(rotation)).toEqual({ resealed: 6, damaged: 0 });
  await withStore(expectContent, newKey);
  await expect(open(firstKey)).rejects.toMatchObject({ code: "master-key-wrong" });
});

test("an old master key and an old copy open nothing of a newer copy", async () => {
  const oldCopy = join(temp.path, "old.db");
  cpSync(file, oldCopy);
  const [stored] = query<{ wrapped: Buffer }>("SELECT wrapped_key AS wrapped FROM data_keys");
  const oldDataKey = unwrapDataKey(firstKey, stored?.wrapped ?? Buffer.of());
  rotateMasterKeyFile(dataDir, { newDataKey });
  const [wrapping] = query<{ wrapped: Buffer }>("SELECT wrapped_key AS wrapped FROM data_keys");
  expect(unwrapDataKey(masterKey(), wrapping?.wrapped ?? Buffer.of())).not.toEqual(oldDataKey);
  // The thief puts the wrapping that opens into the newer copy.
  const db = new Database(file);
  db.exec(`ATTACH '${oldCopy}' AS old;
    UPDATE data_keys SET (wrapped_key, check_value) =
      (SELECT wrapped_key, check_value FROM old.data_keys)`);
  db.close();
  const store = await open(firstKey);
  await expect(store.getTarget(one, target.id, start)).rejects.toEqual(storeError("broken"));
  await store.close();
});

test("nothing that was sealed under the old data key stays in the files, deleted rows included", async () => {
  const gone = Array.from({ length: 200 }, (_, index) =>
    makeTarget(`gone${index}`, { headers: new Map([["h", "x".repeat(300)]]) }),
  );
  await withStore((store) => Promise.all(gone.map((each) => store.createTarget(one, each, by))));
  const before = sealedValues();
  expect(before.length).toBeGreaterThan(400);
  await withStore((store) =>
    Promise.all(gone.map(({ id }) => store.deleteTarget(one, id, () => undefined, by))),
  );
  const stays = (bytes: Buffer) => before.filter((sealed) => bytes.includes(sealed)).length;
  expect(stays(readFileSync(file))).toBeGreaterThan(100);
  rotateMasterKeyFile(dataDir, { newDataKey });
  expect(readdirSync(dataDir).sort()).toEqual(["master.key", "targetd.db"]);
  expect(stays(readFileSync(file))).toBe(0);
});

test("many secrets are sealed anew, step by step", async () => {
  const targets = Array.from({ length: 1100 }, (_, index) =>
    makeTarget(`m${index}`, { headers: new Map([["h", `${index}`]]) }),
  );
  await withStore((store) =>
    Promise.all(targets.map(async (each) => done(await store.createTarget(one, each, by)))),
  );
  expect(rotateMasterKeyFile(dataDir, { newDataKey })).toEqual({ resealed: 2206, damaged: 0 });
  await withStore(async (store) => {
    const { items } = await store.listTargets(one, { ...allTargets, limit: 2000 }, start);
    const expected = new Map(
      [target, ...targets].map(({ id, settings }) => [id, settings.headers]),
    );
    expect(new Map(items.map(({ id, settings }) => [id, settings.headers]))).toEqual(expected);
  });
});

test("a damaged secret stays as it is and keeps no other from being sealed anew", async () => {
  await withStore((store) => store.createTarget(one, makeTarget("other"), by));
  const db = new Database(file);
  db.exec("UPDATE signing_keys SET sealed_secret = zeroblob(60) WHERE target_id = 'other'");
  db.close();
  expect(rotateMasterKeyFile(dataDir, { newDataKey })).toEqual({ resealed: 6, damaged: 1 });
  await withStore(async (store) => {
    await expectContent(store);
    const other = store.getTarget(one, makeTarget("other").id, start);
    await expect(other).rejects.toEqual(storeError("broken"));
  });
});

test("wherever it is cut off, the next start finds every secret under one of the keys", async () => {
  const script = fileURLToPath(new URL("../../support/cut-rotation.ts", import.meta.url));
  const rotate = (n: number) =>
    spawnSync(process.execPath, [script, dataDir, `${n}`, "new-data-key"], { stdio: "inherit" });
  const outcomes = { old: 0, new: 0 };
  let key = firstKey;
  for (let n = 1; rotate(n).signal !== null; n++) {
    const found = masterKey();
    expect(existsSync(nextMasterKeyFile(dataDir))).toBe(false);
    await withStore(expectContent, found);
    outcomes[Buffer.compare(found, key) === 0 ? "old" : "new"] += 1;
    key = found;
  }
  await withStore(expectContent);
  // Old: also before and after each of the six secrets. New: before the rename and what follows.
  expect(outcomes.old).toBeGreaterThanOrEqual(8);
  expect(outcomes.new).toBeGreaterThanOrEqual(2);
});

test("every column that is named as sealed is sealed anew", () => {
  const named = query<{ table: string; column: string }>(
    `SELECT schema.name AS "table", info.name AS "column"
     FROM sqlite_schema AS schema, pragma_table_info(schema.name) AS info
     WHERE schema.type = 'table' AND info.name LIKE 'sealed%'`,
  );
  expect(named.length).toBeGreaterThan(2);
  const known = sealedColumns.map(({ table, column }) => ({ table, column }));
  expect(known).toEqual(expect.arrayContaining([...named]));
});
