/** What the disk can do to the database: starts that are refused, calls that fail, what stays. */
import { randomBytes } from "node:crypto";
import { cpSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSealer } from "../../../src/store/seal.ts";
import { connect } from "../../../src/store/sqlite/connection.ts";
import { readDataKey } from "../../../src/store/sqlite/data-keys.ts";
import { createGroupCommit } from "../../../src/store/sqlite/group-commit.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { createSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  by,
  changesOf,
  createAll,
  listIds,
  makeTarget,
  one,
  start,
  storeError,
} from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const masterKey = randomBytes(32);
const pageBytes = 4096;
const names = Array.from({ length: 60 }, (_, index) => `t${String(index).padStart(2, "0")}`);
let temp: ReturnType<typeof makeTempDir>;
let file: string;

beforeEach(() => {
  temp = makeTempDir();
  file = join(temp.path, "targetd.db");
});
afterEach(() => temp.remove());

const open = (path = file) => openSqliteStore({ file: path, masterKey, now: () => start });
const refusal = (code: string, words: RegExp) =>
  expect.objectContaining({
    name: "StoreStartError",
    code,
    message: expect.stringMatching(words),
  });

/** Makes a database with the targets of `names`. */
async function fill(): Promise<void> {
  const store = await open();
  await Promise.all(names.map((name) => store.createTarget(one, bigTarget(name), by)));
  await store.close();
}

const bigTarget = (name: string) => makeTarget(name, { endpoint: `https://e/${"x".repeat(500)}` });

/** Overwrites some bytes of the closed database. */
function overwrite(offset: number, bytes: Uint8Array): void {
  const content = readFileSync(file);
  content.set(bytes, offset);
  writeFileSync(file, content);
}

/** Destroys a page in the middle of a table and tells how many there are. */
function destroyPage(table: string): void {
  const db = new Database(file);
  const leaves = db
    .prepare<[string], number>(
      "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path",
    )
    .pluck()
    .all(table);
  db.close();
  expect(leaves.length).toBeGreaterThan(2);
  const page = leaves[1] ?? 0;
  overwrite((page - 1) * pageBytes, new Uint8Array(pageBytes).fill(0xff));
}

test.each<[string, () => void, string, RegExp]>([
  ["a destroyed header", () => overwrite(0, randomBytes(100)), "unusable", /damaged.*backup/],
  ["a destroyed schema", () => overwrite(100, randomBytes(3996)), "unusable", /damaged.*backup/],
  ["half a file", () => truncateSync(file, pageBytes * 5), "unusable", /damaged.*backup/],
  // A format that SQLite may only read, as a file system may be (sqlite.org/fileformat2.html, 1.3.3).
  ["a file to read only", () => overwrite(18, Uint8Array.of(3)), "unusable", /cannot be written/],
])("%s is refused at the start and stays as it is", async (_what, harm, code, words) => {
  await fill();
  harm();
  const before = readFileSync(file);
  await expect(open()).rejects.toEqual(refusal(code, words));
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("a data directory that is none is refused", async () => {
  writeFileSync(join(temp.path, "file"), "");
  const inFile = open(join(temp.path, "file", "targetd.db"));
  await expect(inFile).rejects.toEqual(refusal("unusable", /check the data directory/));
  await expect(open(temp.path)).rejects.toEqual(refusal("unusable", /check the permissions/));
});

test("a database that somebody else has locked is refused, and free again after that", async () => {
  await fill();
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  await expect(open()).rejects.toEqual(refusal("in-use", /in use by another/));
  other.close();
  const store = await open();
  expect(await listIds(store)).toEqual(names);
  await store.close();
});

test("a newer schema is refused in words that help", async () => {
  await fill();
  const db = new Database(file);
  db.pragma("user_version = 9999");
  db.close();
  await expect(open()).rejects.toEqual(refusal("schema-newer", /start the newer targetd/));
});

/** A store whose connection the test can get at. */
function openConnection(): { readonly store: Store; readonly db: Database.Database } {
  const db = connect(file);
  const sealer = createSealer(readDataKey(db, masterKey));
  const commits = createGroupCommit({ db });
  const deliveries = { newDeliveryId: () => "msg", ownEvents: () => [] };
  return { db, store: createSqliteStore({ db, sealer, commits, ...deliveries }) };
}

test.each<[string, (db: Database.Database) => void, (db: Database.Database) => void]>([
  [
    "cannot be written",
    (db) => void db.pragma("query_only = ON"),
    (db) => void db.pragma("query_only = OFF"),
  ],
  [
    "is full",
    (db) => void db.pragma("max_page_count = 1"),
    (db) => void db.pragma("max_page_count = 1000000"),
  ],
])("while the database %s, writes are unavailable and reads go on", async (_what, harm, heal) => {
  await fill();
  const { store, db } = openConnection();
  harm(db);
  const writes = await Promise.allSettled(
    // More than fits into pages that are half empty.
    Array.from({ length: 50 }, (_, index) => store.createTarget(one, bigTarget(`x${index}`), by)),
  );
  expect(writes.map(({ status }) => status)).toContain("rejected");
  const stored = writes.flatMap(({ status }, index) =>
    status === "fulfilled" ? [`x${index}`] : [],
  );
  for (const write of writes.filter((result) => result.status === "rejected")) {
    expect(write.reason).toEqual(storeError("unavailable"));
  }
  expect(await listIds(store, { sort: "id" })).toEqual([...names, ...stored.sort()]);
  await store.ping();

  heal(db);
  await store.createTarget(one, makeTarget("y"), by);
  await store.close();
  const again = await open();
  expect(await listIds(again, { sort: "id" })).toEqual([...names, ...stored, "y"]);
  await again.close();
});

test("a destroyed page of targets breaks the calls that need it and no others", async () => {
  await fill();
  destroyPage("targets");
  const store = await open();
  const results = await Promise.allSettled(
    names.map((name) => store.getTarget(one, makeTarget(name).id, start)),
  );
  const broken = results.filter((result) => result.status === "rejected");
  expect(broken.length).toBeGreaterThan(0);
  expect(broken.length).toBeLessThan(names.length / 2);
  for (const { reason } of broken) expect(reason).toEqual(storeError("broken"));
  for (const [index, result] of results.entries()) {
    if (result.status === "rejected") continue;
    expect(result.value).toEqual(bigTarget(names[index] ?? ""));
  }
  await expect(listIds(store, { sort: "endpoint" })).rejects.toEqual(storeError("broken"));
  await store.createTarget(one, makeTarget("new"), by);
  expect(await store.getTarget(one, makeTarget("new").id, start)).toEqual(makeTarget("new"));
  await store.close();
});

test("a destroyed page of changes breaks the audit and nothing else", async () => {
  await fill();
  const filling = await open();
  const refused = { resourceType: "call", resourceId: "m", action: "denied", fields: [] } as const;
  await Promise.all(names.map(() => filling.recordChange(one, { ...by, ...refused })));
  await Promise.all(names.map(() => filling.recordChange(one, { ...by, ...refused })));
  await filling.close();
  destroyPage("changes");
  const store = await open();
  await expect(changesOf(store, one)).rejects.toEqual(storeError("broken"));
  expect(await listIds(store)).toEqual(names);
  await store.createTarget(one, makeTarget("new"), by);
  expect(await changesOf(store, one, { limit: 1 })).toMatchObject([{ resourceId: "new" }]);
  await store.close();
});

/** Copies the files as a power failure would leave them while the store is open. */
async function losePower(): Promise<string> {
  const store = await open();
  await createAll(
    store,
    one,
    ["a", "b", "c", "d"].map((name) => makeTarget(name)),
  );
  const copy = join(temp.path, "copy.db");
  for (const suffix of ["", "-wal"]) cpSync(`${file}${suffix}`, `${copy}${suffix}`);
  await store.close();
  return copy;
}

test.each<[string, (wal: Buffer) => Buffer, string]>([
  ["whole", (wal) => wal, "abcd"],
  [
    "with a part of a write that was not acknowledged",
    (wal) => Buffer.concat([wal, wal.subarray(32, 3000)]),
    "abcd",
  ],
  ["with bytes that the disk made up", (wal) => Buffer.concat([wal, randomBytes(9000)]), "abcd"],
  ["without the end of the last commit", (wal) => wal.subarray(0, -1), "abc"],
])("after a power failure with a log %s, what it holds is there", async (_what, harm, expected) => {
  const copy = await losePower();
  writeFileSync(`${copy}-wal`, harm(readFileSync(`${copy}-wal`)));
  const store = await open(copy);
  expect((await listIds(store)).join("")).toBe(expected);
  expect(await changesOf(store, one)).toHaveLength(expected.length);
  await store.createTarget(one, makeTarget("e"), by);
  await store.close();
});

test("wherever the log is cut, the first commits are there as a whole and the last are not", async () => {
  const copy = await losePower();
  const [database, wal] = [readFileSync(copy), readFileSync(`${copy}-wal`)];
  let known = "abcd";
  for (let length = wal.length; length >= 0; length -= 3 * pageBytes) {
    writeFileSync(copy, database);
    writeFileSync(`${copy}-wal`, wal.subarray(0, length));
    const store = await open(copy);
    const found = (await listIds(store)).join("");
    expect(known.startsWith(found)).toBe(true);
    expect(await changesOf(store, one)).toHaveLength(found.length);
    known = found;
    await store.close();
  }
  expect(known).toBe("");
});
