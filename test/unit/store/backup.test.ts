/** Keeping and restoring backups: what is refused, what stays, and what a restored database tells. */
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { micros } from "../../../src/domain/units.ts";
import { type KeepOptions, keepBackup } from "../../../src/store/backup/keep.ts";
import { manifestFile, readManifest } from "../../../src/store/backup/manifest.ts";
import { type RestoreOptions, restoreBackup } from "../../../src/store/backup/restore.ts";
import { takePlace } from "../../../src/store/backup/take-place.ts";
import { databaseFile } from "../../../src/store/data-dir.ts";
import type { CopyProgress } from "../../../src/store/database-copy.ts";
import { copyDatabase } from "../../../src/store/sqlite/hold.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { by, makeTarget, one, start } from "../../conformance/store/fixtures.ts";
import { temporaryFolder } from "../../support/tool.ts";

const masterKey = Buffer.alloc(32, "key of backups");
const now = () => start;
const target = makeTarget("t", { headers: new Map([["h", "secret"]]) });
const later = makeTarget("later", { name: "later" });
let folder: string;
let dataDir: string;
let out: string;

const open = (directory: string) =>
  openSqliteStore({ file: databaseFile(directory), masterKey, now });
const startError = (code: string) => expect.objectContaining({ name: "StoreStartError", code });

async function backUp(changes: Partial<KeepOptions> = {}): Promise<void> {
  const draft = `${out}.draft`;
  await copyDatabase(databaseFile(dataDir), draft);
  const made = { madeAt: "2026-11-23T00:00:00Z", madeBy: "targetd" };
  keepBackup({ draft, out, ...made, ...changes });
}

const restore = (changes: Partial<RestoreOptions> = {}) =>
  restoreBackup({
    ...{ from: out, dataDir, replace: true, masterKeys: [masterKey], now: micros(start * 2) },
    ...changes,
  });

/** The targets of a data directory. */
async function targetsIn(directory: string): Promise<readonly string[]> {
  const store = await open(directory);
  const found = await Promise.all(
    [target, later].map(({ id }) => store.getTarget(one, id, start).catch(() => undefined)),
  );
  await store.close();
  return found.flatMap((each) => each?.id ?? []);
}

beforeEach(async () => {
  folder = temporaryFolder();
  [dataDir, out] = [join(folder, "data"), join(folder, "backup.db")];
  const store = await open(dataDir);
  await store.createTarget(one, target, by);
  await store.close();
  await backUp();
});

test("a backup is private, alone in its folder but for its manifest, and tells what it is", () => {
  expect(readdirSync(folder).toSorted()).toEqual(["backup.db", "backup.db.json", "data"]);
  for (const file of [out, manifestFile(out)]) expect(statSync(file).mode & 0o077).toBe(0);
  expect(readManifest(out)).toMatchObject({ bytes: statSync(out).size, tables: { targets: 1 } });
  expect(readFileSync(out).includes(masterKey)).toBe(false);
});

test("a backup takes no other file's name", async () => {
  const before = [readFileSync(out), readFileSync(manifestFile(out))];
  await expect(backUp()).rejects.toEqual(startError("unusable"));
  expect([readFileSync(out), readFileSync(manifestFile(out))]).toEqual(before);
});

test("a copy is kept only if one of the keys opens it that were given", async () => {
  rmSync(out);
  rmSync(manifestFile(out));
  const masterKeys = [randomBytes(32)];
  await expect(backUp({ masterKeys })).rejects.toEqual(startError("master-key-wrong"));
  expect([existsSync(out), existsSync(manifestFile(out))]).toEqual([false, false]);
  rmSync(`${out}.draft`);
  await backUp({ masterKeys: [...masterKeys, masterKey] });
  expect(existsSync(out)).toBe(true);
});

test("a copy of a running server has what was acknowledged while it was made", async () => {
  const store = await open(dataDir);
  const copy = join(folder, "running.db");
  const copying = store.copyInto(copy);
  await store.createTarget(one, later, by);
  await copying;
  await store.close();
  keepBackup({ draft: copy, out: `${copy}.kept`, madeAt: "", madeBy: "" });
  restore({ from: `${copy}.kept` });
  expect(await targetsIn(dataDir)).toEqual([target.id, later.id]);
});

test("what was copied is synced by another thread before the last step of the copying", async () => {
  const handle = await openFile(out);
  const sync = vi.spyOn(Object.getPrototypeOf(handle), "datasync");
  await handle.close();
  let copied = 0;
  const seen: number[] = [];
  const store = await open(dataDir);
  const onProgress = ({ copiedBytes }: CopyProgress) => {
    if (sync.mock.results.length > seen.length) seen.push(copied);
    copied = copiedBytes;
  };
  await store.copyInto(join(folder, "copy.db"), { onProgress });
  sync.mockRestore();
  await store.close();
  expect(copied).toBeGreaterThan(0);
  expect(seen.at(-1)).toBe(copied);
});

test("a restored database is that of the backup; the one before is kept", async () => {
  const store = await open(dataDir);
  await store.createTarget(one, later, by);
  await store.close();
  const { replaced, tables } = restore();
  expect(tables.targets).toBe(1);
  expect(await targetsIn(dataDir)).toEqual([target.id]);
  const kept = join(folder, "kept");
  copyKept(replaced ?? "", kept);
  expect(await targetsIn(kept)).toEqual([target.id, later.id]);
});

function copyKept(file: string, directory: string): void {
  restoreBackup({
    ...{ from: file, dataDir: directory, replace: false },
    ...{ masterKeys: [masterKey], now: start },
  });
}

test("a backup goes into a data directory that does not exist, and opens with either of two keys", async () => {
  const other = join(folder, "other");
  restore({ dataDir: other, replace: false, masterKeys: [randomBytes(32), masterKey] });
  expect(readdirSync(other)).toEqual(["targetd.db"]);
  expect(await targetsIn(other)).toEqual([target.id]);
});

test("the files of a killed server are restored together with their log", async () => {
  const [store, copied] = [await open(dataDir), join(folder, "copied.db")];
  await store.createTarget(one, later, by);
  for (const suffix of ["", "-wal"]) copyFileSync(databaseFile(dataDir) + suffix, copied + suffix);
  await store.close();
  expect(restore({ from: copied })).toMatchObject({ manifest: undefined });
  expect(await targetsIn(dataDir)).toEqual([target.id, later.id]);
});

describe("nothing is restored, and what is there stays,", () => {
  const file = () => databaseFile(dataDir);
  const refused = (code: string, changes: Partial<RestoreOptions> = {}) => {
    const before = readFileSync(file());
    expect(() => restore(changes)).toThrow(startError(code));
    expect(readFileSync(file())).toEqual(before);
    expect(readdirSync(dataDir)).toEqual(["targetd.db"]);
  };
  const damage = (at: number) => {
    const bytes = readFileSync(out);
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    writeFileSync(out, bytes);
  };

  test("where there is a database and nobody said to replace it", () =>
    refused("unusable", { replace: false }));
  test("from a backup that is not what its manifest says", () => {
    damage(statSync(out).size - 1);
    refused("unusable");
  });
  test("from a shortened backup", () => {
    writeFileSync(out, readFileSync(out).subarray(0, 8192));
    refused("unusable");
    rmSync(manifestFile(out));
    refused("unusable");
  });
  test("from a backup without manifest whose pages are damaged", () => {
    rmSync(manifestFile(out));
    for (let at = 4096; at < 4196; at += 1) damage(at);
    refused("unusable");
  });
  test("from a file that is no database, an empty one, and none", () => {
    rmSync(manifestFile(out));
    writeFileSync(out, "no database".repeat(1000));
    refused("unusable");
    writeFileSync(out, "");
    refused("unusable");
    refused("unusable", { from: join(folder, "missing") });
  });
  test("from a database that is not targetd's", () => {
    const foreign = join(folder, "foreign.db");
    const db = new Database(foreign);
    db.exec("CREATE TABLE guests (name TEXT); PRAGMA user_version = 3");
    db.close();
    refused("unusable", { from: foreign });
  });
  test("from a newer targetd", () => {
    const db = new Database(out);
    db.pragma("user_version = 9999");
    db.close();
    rmSync(manifestFile(out));
    refused("schema-newer");
  });
  test("with a manifest that cannot be read", () => {
    writeFileSync(manifestFile(out), "{}");
    refused("unusable");
  });
  test("with another master key", () =>
    refused("master-key-wrong", { masterKeys: [randomBytes(32)] }));

  test("while a server runs", async () => {
    const store = await open(dataDir);
    expect(() => restore()).toThrow(startError("in-use"));
    await store.createTarget(one, later, by);
    await store.close();
    expect(await targetsIn(dataDir)).toEqual([target.id, later.id]);
  });
});

test.each([false, true])(
  "a server that started meanwhile keeps its database and its log (replace: %s)",
  async (replace) => {
    const directory = join(folder, "new");
    const file = databaseFile(directory);
    const place = takePlace(file, { replace, now: start }, (toPlace) => toPlace);
    const store = await open(directory);
    await store.createTarget(one, later, by);
    const files = readdirSync(directory).toSorted();
    expect(() => place(out)).toThrow(startError("in-use"));
    expect(readdirSync(directory).toSorted()).toEqual(files);
    await store.close();
    expect(() => place(out)).toThrow(startError("unusable"));
    expect(await targetsIn(directory)).toEqual([later.id]);
  },
);

test.each(["the header", "a page"])("a database with %s damaged can be replaced", async (what) => {
  const file = databaseFile(dataDir);
  const bytes = readFileSync(file);
  bytes.fill(0xff, what === "a page" ? 4096 : 0, 8192);
  writeFileSync(file, bytes);
  writeFileSync(`${file}-wal`, "the log of a killed server");
  restore();
  expect(existsSync(`${file}-wal`)).toBe(false);
  expect(await targetsIn(dataDir)).toEqual([target.id]);
});

test("a log that was left without its database is kept aside, not taken for the new one's", async () => {
  const store = await open(dataDir);
  await store.createTarget(one, later, by);
  const log = `${databaseFile(dataDir)}-wal`;
  const bytes = readFileSync(log);
  await store.close();
  rmSync(databaseFile(dataDir));
  writeFileSync(log, bytes);
  expect(() => restore({ replace: false })).toThrow(startError("unusable"));
  restore();
  expect(existsSync(log)).toBe(false);
  const kept = readdirSync(dataDir).filter((name) => name.endsWith("-wal"));
  expect(kept.map((name) => readFileSync(join(dataDir, name)))).toEqual([bytes]);
  expect(await targetsIn(dataDir)).toEqual([target.id]);
});

test("numbers that watchers may have seen after the backup count as deleted, and come no more", async () => {
  const revisions = async () => {
    const store = await open(dataDir);
    const latest = await store.latestRevision(one);
    const known = await store.changedDeliveries(one, latest, 1);
    const lost = await store.changedDeliveries(one, 5_000_000, 1);
    await store.close();
    return { latest, known, lost };
  };
  restore();
  const first = await revisions();
  expect(first).toMatchObject({ known: [], lost: undefined });
  restore({ now: micros(start * 3) });
  const second = await revisions();
  expect(second).toMatchObject({ known: [], lost: undefined });
  expect(second.latest).toBeGreaterThan(first.latest + 1e12);
});

test("drafts that killed processes left are gone after the next start", async () => {
  const left = `${databaseFile(dataDir)}.draft-${crypto.randomUUID()}`;
  for (const name of [left, `${left}-journal`]) writeFileSync(name, "half a copy");
  await (await open(dataDir)).close();
  expect(readdirSync(dataDir)).toEqual(["targetd.db"]);
});
