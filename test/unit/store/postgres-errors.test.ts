import pg from "pg";
import { expect, test } from "vitest";
import {
  ConnectionError,
  connectionError,
  isPassing,
  toStartError,
  toStoreError,
} from "../../../src/store/postgres/errors.ts";
import { SealError } from "../../../src/store/seal.ts";
import { StoreError } from "../../../src/store/store.ts";

function databaseError(code: string, constraint?: string): pg.DatabaseError {
  const error = new pg.DatabaseError("for people", 0, "error");
  return Object.assign(error, { code, constraint });
}

test.each([
  ["23505", "targets_name_key", "name-taken"],
  ["23505", "instances_pkey", "instance-exists"],
  ["23505", "public_keys_active", "broken"],
  ["23503", undefined, "broken"],
  ["40001", undefined, "unavailable"],
  ["40P01", undefined, "unavailable"],
  ["55P03", undefined, "unavailable"],
  ["57014", undefined, "unavailable"],
  ["57P01", undefined, "unavailable"],
  ["57P03", undefined, "unavailable"],
  ["53300", undefined, "unavailable"],
  ["53100", undefined, "unavailable"],
  ["08006", undefined, "unavailable"],
  ["25006", undefined, "unavailable"],
  ["25P03", undefined, "unavailable"],
  ["58030", undefined, "unavailable"],
  ["42P01", undefined, "broken"],
  ["XX001", undefined, "broken"],
])("%s of %s is %s", (state, constraint, code) => {
  const mapped = toStoreError(databaseError(state, constraint));
  expect(mapped).toMatchObject({ name: "StoreError", code });
});

test("what is no error of the database stays what it is, but for those of secrets", () => {
  const mistake = new Error("of a callback");
  expect(toStoreError(mistake)).toBe(mistake);
  const refusal = new StoreError("not-found", "gone");
  expect(toStoreError(refusal)).toBe(refusal);
  expect(toStoreError(new SealError("sealed"))).toMatchObject({ code: "broken" });
});

test("what a connection fails with is a loss of it, unless the server said something", () => {
  const lost = connectionError(new Error("Connection terminated"));
  expect(lost).toBeInstanceOf(ConnectionError);
  expect(toStoreError(lost)).toMatchObject({ code: "unavailable" });
  for (const state of ["57P01", "57P02", "57P03", "25P03"]) {
    expect(connectionError(databaseError(state))).toBeInstanceOf(ConnectionError);
  }
  const said = databaseError("28P01");
  expect(connectionError(said)).toBe(said);
});

test.each([
  ["40001", true],
  ["40P01", true],
  ["40003", false],
  ["23505", false],
])("whether a transaction that failed with %s is tried again: %s", (state, again) => {
  expect(isPassing(databaseError(state))).toBe(again);
});

test.each(["28P01", "3D000", "42501", "XX000"])("a start that fails with %s says so", (state) => {
  const error = toStartError(databaseError(state), "postgres://db:5432/d");
  expect(error).toMatchObject({ name: "StoreStartError", code: "unusable" });
  expect((error as Error).message).toContain(state);
});
