import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyName } from "../../../src/store/sqlite/copy-before-migration.ts";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import { allTargets, one, start } from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** Written by version 1. */
const content = readFileSync(new URL("./fixtures/version-1.sql", import.meta.url), "utf8");
const masterKey = Buffer.alloc(32, 1);

let temp: ReturnType<typeof makeTempDir>;
let file: string;
beforeEach(() => {
  temp = makeTempDir();
  file = join(temp.path, "targetd.db");
});
afterEach(() => temp.remove());

function writeVersion1(): void {
  const db = new Database(file);
  migrate(db, loadMigrations().slice(0, 1), () => db.exec(content));
  db.close();
}

const open = (key = masterKey) => openSqliteStore({ file, masterKey: key, now: () => start });

/** Opens a database without a change and gives what `read` finds in it. */
function look<T>(path: string, read: (db: Database.Database) => T): T {
  const db = new Database(path, { readonly: true });
  try {
    return read(db);
  } finally {
    db.close();
  }
}

const targetsOf = (db: Database.Database) =>
  db.prepare("SELECT * FROM targets ORDER BY 1, 2").all();

test("an older database is copied before it is brought up to date", async () => {
  writeVersion1();
  const before = look(file, targetsOf);
  const store = await open();
  await store.close();
  const copy = copyName(file, 1);
  expect(look(copy, schemaVersion)).toBe(1);
  expect(look(copy, targetsOf)).toEqual(before);
  expect(look(copy, (db) => db.pragma("integrity_check", { simple: true }))).toBe("ok");
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(look(file, schemaVersion)).toBe(loadMigrations().length);
});

test("a new database and one that is up to date are not copied", async () => {
  for (const _ of ["new", "up to date"]) await (await open()).close();
  expect(readdirSync(temp.path)).toEqual(["targetd.db"]);
});

test("what an earlier start left is replaced by a whole copy", async () => {
  writeVersion1();
  writeFileSync(copyName(file, 1), "half a copy");
  writeFileSync(`${copyName(file, 1)}.draft`, "half a draft");
  await (await open()).close();
  expect(look(copyName(file, 1), schemaVersion)).toBe(1);
  expect(existsSync(`${copyName(file, 1)}.draft`)).toBe(false);
});

test("the version that wrote it goes on with the copy", async () => {
  writeVersion1();
  await (await open()).close();
  const copy = copyName(file, 1);
  const again = await openSqliteStore({ file: copy, masterKey, now: () => start });
  expect((await again.listTargets(one, allTargets, start)).total).toBeGreaterThanOrEqual(0);
  await again.close();
});

test("without room for the copy the start is refused and the database stays as it is", async () => {
  writeVersion1();
  // A folder in its place stands for whatever keeps the copy from being written.
  mkdirSync(join(copyName(file, 1), "not empty"), { recursive: true });
  await expect(open()).rejects.toMatchObject({ code: "unusable" });
  expect(look(file, schemaVersion)).toBe(1);
});

test("a wrong master key leaves no copy", async () => {
  writeVersion1();
  await expect(open(Buffer.alloc(32, 2))).rejects.toMatchObject({ code: "master-key-wrong" });
  expect(readdirSync(temp.path).filter((name) => name.includes("version"))).toEqual([]);
});
