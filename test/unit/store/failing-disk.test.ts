/** Disks that refuse writes or syncs while a store is open, and when it is opened. */
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, cpSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { loadOrCreateMasterKey } from "../../../src/store/master-key.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  by,
  createAll,
  listIds,
  makeTarget,
  one,
  setting,
  start,
  storeError,
} from "../../conformance/store/fixtures.ts";
import { descriptorOf, swapDescriptor } from "../../support/swap-descriptor.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const masterKey = randomBytes(32);
let temp: ReturnType<typeof makeTempDir>;
let file: string;
let wal: string;

beforeEach(() => {
  temp = makeTempDir();
  file = join(temp.path, "data", "targetd.db");
  wal = `${file}-wal`;
});
afterEach(() => temp.remove());

const open = (path = file) => openSqliteStore({ file: path, masterKey, now: () => start });
const create = (store: Store, name: string) => store.createTarget(one, makeTarget(name), by);
const unavailable = storeError("unavailable");

async function openWith(...names: string[]): Promise<Store> {
  const store = await open();
  await createAll(
    store,
    one,
    names.map((name) => makeTarget(name)),
  );
  return store;
}

/** Copies the files as a crash would leave them, and tells what a start finds in them. */
async function idsAfterCrash(): Promise<readonly string[]> {
  const copy = join(temp.path, "copy.db");
  rmSync(`${copy}-wal`, { force: true });
  cpSync(file, copy);
  cpSync(wal, `${copy}-wal`);
  const store = await open(copy);
  const ids = await listIds(store);
  await store.close();
  return ids;
}

interface Fault {
  readonly what: string;
  /** What takes the place of the log. */
  readonly device: string | undefined;
  /** Code of SQLite's error. */
  readonly code: string;
  /** Whether the store stays ready: nothing was synced in vain. */
  readonly ready: boolean;
}
const faults: readonly Fault[] = [
  { what: "a failed sync", device: "/dev/null", code: "SQLITE_IOERR_FSYNC", ready: false },
  { what: "a log to read only", device: undefined, code: "SQLITE_IOERR_WRITE", ready: false },
  { what: "a disk that fills up", device: "/dev/full", code: "SQLITE_FULL", ready: true },
];

test.each(faults)("$what fails the write, and nothing acknowledged is lost", async (fault) => {
  const store = await openWith("a", "b");
  const log = descriptorOf(wal);
  swapDescriptor(log, fault.device ?? wal, fault.device === undefined ? "r" : "r+");
  const cause = expect.objectContaining({ code: fault.code });
  await expect(create(store, "x")).rejects.toMatchObject({ code: "unavailable", cause });
  if (fault.ready) await store.ping();
  else await expect(store.ping()).rejects.toEqual(unavailable);

  swapDescriptor(log, wal, "r+");
  await create(store, "c");
  await store.ping();
  expect(await listIds(store)).toEqual(["a", "b", "c"]);
  expect(await idsAfterCrash()).toEqual(["a", "b", "c"]);
  await store.close();
  const again = await open();
  expect(await listIds(again)).toEqual(["a", "b", "c"]);
  await again.close();
});

test.each(faults)("$what leaves a target that was read before as it was", async (fault) => {
  const store = await openWith("a");
  const read = () => store.getTarget(one, targetId("a"), start);
  expect(await read()).toEqual(makeTarget("a"));
  const log = descriptorOf(wal);
  swapDescriptor(log, fault.device ?? wal, fault.device === undefined ? "r" : "r+");
  const update = store.updateTarget(one, targetId("a"), setting({ ordered: true }), by);
  await expect(update).rejects.toEqual(unavailable);
  swapDescriptor(log, wal, "r+");
  expect(await read()).toEqual(makeTarget("a"));
  await store.close();
});

test("after a failed sync every write is refused until a sweep finds the disk well", async () => {
  const store = await openWith("a");
  const log = descriptorOf(wal);
  swapDescriptor(log, "/dev/null", "r+");
  for (const name of ["x", "y", "z"])
    await expect(create(store, name)).rejects.toEqual(unavailable);
  await expect(store.sweep(start)).rejects.toEqual(unavailable);
  swapDescriptor(log, wal, "r+");
  await expect(store.ping()).rejects.toEqual(unavailable);
  expect(await store.sweep(start)).toBe(0);
  await store.ping();
  expect(await listIds(store)).toEqual(["a"]);
  await store.close();
});

test("a database that cannot be synced keeps the log until it can", async () => {
  const store = await openWith("a");
  const [log, database] = [descriptorOf(wal), descriptorOf(file)];
  swapDescriptor(log, "/dev/null", "r+");
  await expect(create(store, "x")).rejects.toEqual(unavailable);
  swapDescriptor(log, wal, "r+");
  swapDescriptor(database, "/dev/null", "r+");
  await expect(create(store, "y")).rejects.toEqual(unavailable);
  expect(await idsAfterCrash()).toEqual(["a"]);
  swapDescriptor(database, file, "r+");
  await create(store, "b");
  await store.close();
  const again = await open();
  expect(await listIds(again)).toEqual(["a", "b"]);
  await again.close();
});

test("a log that cannot be moved into the database does not grow without end", async () => {
  const store = await openWith("a");
  const database = descriptorOf(file);
  swapDescriptor(database, file, "r");
  const acknowledged = ["a"];
  const large = { endpoint: `https://e/${"x".repeat(8000)}` };
  let failure: unknown;
  while (failure === undefined) {
    const name = `t${1000 + acknowledged.length}`;
    await store.createTarget(one, makeTarget(name, large), by).then(
      () => acknowledged.push(name),
      (error: unknown) => {
        failure = error;
      },
    );
  }
  expect(failure).toEqual(unavailable);
  await expect(store.ping()).rejects.toEqual(unavailable);
  expect(statSync(wal).size).toBeLessThan(2 * 4000 * 4096);
  expect(await idsAfterCrash()).toEqual(acknowledged);

  swapDescriptor(database, file, "r+");
  await store.sweep(start);
  await store.ping();
  await store.close();
  const again = await open();
  expect(await listIds(again)).toEqual(acknowledged);
  await again.close();
});

/** What a transaction that deletes every target would add to the log of the open store. */
function deletionOfAll(): Buffer {
  const twin = join(temp.path, "twin.db");
  cpSync(file, twin);
  cpSync(wal, `${twin}-wal`);
  const db = new Database(twin);
  db.exec("DELETE FROM signing_keys; DELETE FROM targets");
  const added = readFileSync(`${twin}-wal`).subarray(statSync(wal).size);
  db.close();
  return added;
}

test("what a rejected write left whole in the log does not come back", async () => {
  const store = await openWith("a");
  const log = descriptorOf(wal);
  const added = deletionOfAll();
  swapDescriptor(log, "/dev/null", "r+");
  await expect(create(store, "x")).rejects.toEqual(unavailable);
  swapDescriptor(log, wal, "r+");
  appendFileSync(wal, added);
  expect(await idsAfterCrash()).toEqual([]);
  await store.sweep(start);
  expect(await idsAfterCrash()).toEqual(["a"]);
  await store.close();
});

test("a start after a crash depends on the log of before no longer", async () => {
  const crashed = await openWith("a", "b");
  const copy = join(temp.path, "copy.db");
  for (const suffix of ["", "-wal"]) cpSync(`${file}${suffix}`, `${copy}${suffix}`);
  await crashed.close();
  const store = await open(copy);
  const alone = join(temp.path, "alone.db");
  cpSync(copy, alone);
  const fromDatabaseAlone = await open(alone);
  expect(await listIds(fromDatabaseAlone)).toEqual(["a", "b"]);
  await fromDatabaseAlone.close();
  await store.close();
});

/** Runs as a user who may read the data directory and write nothing in it. */
async function asReader(work: () => Promise<void>): Promise<void> {
  const asRoot = process.geteuid?.() === 0;
  chmodSync(temp.path, 0o755);
  chmodSync(join(temp.path, "data"), 0o555);
  // Modes do not bind root.
  if (asRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (asRoot) process.seteuid?.(0);
    chmodSync(join(temp.path, "data"), 0o755);
  }
}

const refusal = expect.objectContaining({
  name: "StoreStartError",
  code: "unusable",
  message: expect.stringMatching(/check .*permissions/),
});

test("a database that this user may not write is refused and stays as it is", async () => {
  await (await openWith("a")).close();
  const before = readFileSync(file);
  await asReader(() => expect(open()).rejects.toEqual(refusal));
  expect(readFileSync(file).equals(before)).toBe(true);
  const store = await open();
  expect(await listIds(store)).toEqual(["a"]);
  await store.close();
});

test("a key file that this user may not make or read is refused in words that help", async () => {
  await (await openWith()).close();
  const dataDir = join(temp.path, "data");
  const key = () => loadOrCreateMasterKey({ dataDir, databaseExists: false });
  await asReader(async () => expect(key).toThrow(refusal));
  key();
  chmodSync(join(dataDir, "master.key"), 0o000);
  await asReader(async () => expect(key).toThrow(refusal));
});
