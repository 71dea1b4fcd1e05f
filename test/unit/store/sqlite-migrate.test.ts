import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  checkSchemaVersion,
  loadMigrations,
  migrate,
  schemaVersion,
} from "../../../src/store/sqlite/migrate.ts";

const first = { version: 1, sql: "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT" };
const second = { version: 2, sql: "ALTER TABLE one ADD COLUMN text TEXT" };
const broken = { version: 2, sql: `${second.sql}; INSERT INTO missing VALUES (1)` };

let db: Database.Database;
beforeEach(() => {
  db = new Database(":memory:");
});
afterEach(() => void db.close());

const columns = () => db.prepare("SELECT name FROM pragma_table_info('one')").pluck().all();
const nothing = () => undefined;

test("the migrations of the store are numbered from 1 without gaps", () => {
  const versions = loadMigrations().map(({ version }) => version);
  expect(versions.length).toBeGreaterThan(0);
  expect(versions).toEqual(versions.map((_, index) => index + 1));
});

test("only what is missing is applied", () => {
  migrate(db, [first], nothing);
  expect(schemaVersion(db)).toBe(1);
  migrate(db, [first, second], nothing);
  expect(schemaVersion(db)).toBe(2);
  expect(columns()).toEqual(["id", "text"]);
  migrate(db, [first, second], nothing);
});

test("the first migration alone is filled, in its own transaction", () => {
  const fails = () => {
    db.exec("INSERT INTO one VALUES (1)");
    throw new Error("no");
  };
  expect(() => migrate(db, [first, second], fails)).toThrow("no");
  expect(schemaVersion(db)).toBe(0);
  expect(columns()).toEqual([]);
  migrate(db, [first], nothing);
  migrate(db, [first, second], fails);
});

test("a migration that fails leaves the schema before it", () => {
  expect(() => migrate(db, [first, broken], nothing)).toThrow();
  expect(schemaVersion(db)).toBe(1);
  expect(columns()).toEqual(["id"]);
});

test("a version that is not known is refused", () => {
  expect(() => checkSchemaVersion(3, [first, second])).toThrow(
    expect.objectContaining({ code: "schema-newer" }),
  );
  checkSchemaVersion(2, [first, second]);
});
