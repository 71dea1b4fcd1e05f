import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { SealError } from "../../../src/store/seal.ts";
import { isSqliteError, toStoreError } from "../../../src/store/sqlite/errors.ts";

const sqliteError = (code: string) => new Database.SqliteError("text", code);

test.each([
  ["SQLITE_BUSY", "unavailable"],
  ["SQLITE_BUSY_SNAPSHOT", "unavailable"],
  ["SQLITE_FULL", "unavailable"],
  ["SQLITE_IOERR_FSYNC", "unavailable"],
  ["SQLITE_NOMEM", "unavailable"],
  ["SQLITE_READONLY_DBMOVED", "unavailable"],
  ["SQLITE_CORRUPT", "broken"],
  ["SQLITE_CORRUPT_INDEX", "broken"],
  ["SQLITE_NOTADB", "broken"],
  ["SQLITE_CONSTRAINT_FOREIGNKEY", "broken"],
  ["SQLITE_ERROR", "broken"],
  ["SQLITE_BUSYBODY", "broken"],
])("%s means %s", (code, meaning) => {
  const cause = sqliteError(code);
  expect(toStoreError(cause)).toMatchObject({ name: "StoreError", code: meaning, cause });
});

test("a secret that does not open means broken", () => {
  expect(toStoreError(new SealError("text"))).toMatchObject({ code: "broken" });
});

test("any other error stays as it is", () => {
  const error = new TypeError("text");
  expect(toStoreError(error)).toBe(error);
});

test.each([
  ["SQLITE_BUSY", true],
  ["SQLITE_BUSY_RECOVERY", true],
  ["SQLITE_BUSYBODY", false],
])("%s is a form of SQLITE_BUSY: %s", (code, expected) => {
  expect(isSqliteError(sqliteError(code), "SQLITE_BUSY")).toBe(expected);
  expect(isSqliteError(Object.assign(new Error("text"), { code }), "SQLITE_BUSY")).toBe(false);
});
