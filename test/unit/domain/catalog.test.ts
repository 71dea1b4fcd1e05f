import { describe, expect, test } from "vitest";
import {
  type CatalogRecord,
  setEventTypes,
  setFunctions,
  setSource,
} from "../../../src/domain/catalog.ts";
import { micros } from "../../../src/domain/units.ts";
import { errorNameOf } from "../../support/api-error.ts";

const source = (name: string, size: number | Uint8Array, importedAt = 1) => ({
  name,
  descriptorSet: typeof size === "number" ? new Uint8Array(size) : size,
  importedAt: micros(importedAt),
});

const record = (...sources: CatalogRecord["sources"]): CatalogRecord => ({
  version: 3,
  sources,
  eventTypes: ["a"],
  functions: [],
});

const names = ({ sources }: CatalogRecord) => sources.map(({ name }) => name);

describe("a source", () => {
  test("is added in its place by name", () => {
    const { next, part, fields } = setSource(
      record(source("a", 1), source("c", 1)),
      source("b", 2),
      ["x.Y"],
    );
    expect([names(next), part]).toEqual([["a", "b", "c"], "b"]);
    expect(fields).toEqual([
      { field: "descriptor_set_bytes", old: 0, new: 2 },
      { field: "services", old: null, new: ["x.Y"] },
    ]);
  });

  test("takes the place of what it was before", () => {
    const { next } = setSource(record(source("a", 1)), source("a", 2, 9), []);
    expect(next.sources).toEqual([source("a", 2, 9)]);
  });

  test("that is the same changes nothing, its date included", () => {
    const current = record(source("a", 2, 1));
    expect(setSource(current, source("a", 2, 9), []).next).toBe(current);
  });

  test("that is empty is removed, or was never there", () => {
    const current = record(source("a", 1), source("b", 1));
    expect(names(setSource(current, source("a", 0), []).next)).toEqual(["b"]);
    expect(setSource(current, source("c", 0), []).next).toBe(current);
  });

  test("fits while there are few enough and they are small enough", () => {
    const sources = Array.from({ length: 16 }, (_, index) => source(`s${index}`, 1));
    expect(errorNameOf(() => setSource(record(...sources), source("t", 1), []))).toBe(
      "catalogTooLarge",
    );
    expect(errorNameOf(() => setSource(record(...sources), source("s3", 2), []))).toBe("none");
    const mebibytes = new Uint8Array(8 * 1024 * 1024);
    const large = ["a", "b", "c", "d"].map((name) => source(name, mebibytes));
    expect(errorNameOf(() => setSource(record(...large), source("e", 1), []))).toBe(
      "catalogTooLarge",
    );
    expect(
      errorNameOf(() => setSource(record(...large.slice(1)), source("e", mebibytes), [])),
    ).toBe("none");
  });

  test("leaves history short", () => {
    const many = Array.from({ length: 5000 }, (_, index) => `s${index}`);
    const { fields } = setSource(record(), source("a", 1), many);
    expect(fields.at(1)?.new).toHaveLength(100);
  });
});

test.each([
  ["event types", setEventTypes, "eventTypes", "event_types"],
  ["functions", setFunctions, "functions", "functions"],
] as const)("%s are replaced as a whole, and history counts them", (_, set, list, part) => {
  const { next, fields, part: changed } = set(record(), ["b", "c"]);
  expect([next[list], changed]).toEqual([["b", "c"], part]);
  expect(fields).toEqual([{ field: `${part}_count`, old: record()[list].length, new: 2 }]);
  expect(set(next, ["b", "c"]).next).toBe(next);
});
