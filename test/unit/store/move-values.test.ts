/** The one form of rows of both stores. */
import { expect, test } from "vitest";
import { fromPostgres, fromSqlite, RowSum, toPostgres } from "../../../src/store/move/values.ts";

const column = (type: string) => ({ name: "c", type });

test.each([
  ["text", "a\u0000b\u0001", "a\u0000b\u0001"],
  ["bigint", 9_007_199_254_740_993n, "9007199254740993"],
  ["boolean", 1n, "true"],
  ["boolean", 0n, "false"],
  ["bytea", Buffer.of(0, 255), "00ff"],
  ["json", '{ "a": 1 }', '{ "a": 1 }'],
  ["text[]", '[ "a", "b" ]', '["a","b"]'],
  ["text", null, null],
] as const)("a %s of SQLite", (type, value, canonical) => {
  expect(fromSqlite(value, column(type))).toBe(canonical);
});

test("what is sent has no NUL, and lists are quoted", () => {
  expect(toPostgres("a\u0000", column("text"))).toBe("a\u0001\u0001");
  expect(toPostgres('["a\\"\\\\","{,}"]', column("text[]"))).toBe('{"a\\"\\\\","{,}"}');
  expect(toPostgres("00ff", column("bytea"))).toEqual(Buffer.of(0, 255));
  expect(fromPostgres('["a\\u0001\\u0001"]', column("text[]"))).toBe('["a\\u0000"]');
});

test("a checksum does not depend on the order, and tells rows, places and absence apart", () => {
  const sumOf = (...rows: (string | null)[][]) => {
    const sum = new RowSum();
    for (const row of rows) sum.add(row);
    return sum.digest;
  };
  expect(sumOf(["a"], ["b"])).toEqual(sumOf(["b"], ["a"]));
  const all = [[], [["a"], ["a"]], [["a"]], [["a", null]], [["a", ""]], [["", "a"]], [["null"]]];
  const checksums = all.map((rows) => sumOf(...rows).checksum);
  expect(new Set(checksums).size).toBe(all.length);
});
