import { expect, test } from "vitest";
import { ApiError } from "../../../src/errors/api-error.ts";
import { catalogue } from "../../../src/errors/catalogue.ts";
import { executionErrors } from "../../../src/errors/execution-errors.ts";

test("no row of one part of the catalogue hides a row of another", () => {
  expect(catalogue).toMatchObject(executionErrors);
});

test("an id and a reason stand for one code", () => {
  const rows = Object.values(catalogue);
  const codes = (key: "id" | "reason", value: string) =>
    new Set(rows.filter((row) => row[key] === value).map(({ code }) => code)).size;
  const ambiguous = rows.filter(({ id }) => codes("id", id) > 1).map(({ id }) => id);
  expect(ambiguous).toEqual([]);
});

test("an error takes more to tell without losing what it told", () => {
  const error = new ApiError("etagMismatch", {
    detail: "first",
    metadata: { a: "1" },
    headers: { "x-a": "1" },
    violations: [{ field: "etag", description: "is old" }],
    cause: "why",
  });
  const more = error.with({ hint: "second", metadata: { b: "2" }, headers: { "x-b": "2" } });
  expect(more.message).toBe(`${error.message}; second`);
  expect(more.entry).toBe(error.entry);
  expect([more.id, more.violations, more.cause]).toEqual([error.id, error.violations, "why"]);
  expect(more.metadata).toEqual({ a: "1", b: "2" });
  expect(more.headers).toEqual({ "x-a": "1", "x-b": "2" });
  expect(error.with({}).message).toBe(error.message);
});
