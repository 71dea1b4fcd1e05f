import { describe, expect, it } from "vitest";
import { maxViolations } from "../../src/errors/violations.ts";
import { decodeLibrary, type Parts } from "./support/decode.ts";
import { apiErrorOf, fieldsOf } from "./support/errors.ts";

const store = (body: string) => decodeLibrary("POST", "/lib/everything", { body });
const shelf = (verb: string, parts: Parts) => decodeLibrary(verb, "/lib/shelves/1", parts);

/** Values that each field takes, with what they read back as where it differs. */
const accepted: readonly [string, unknown, unknown?][] = [
  ["text", "x"],
  ["text", "\u{1f600}"],
  ["texts", ["a", "b"]],
  ["int32", -5],
  ["int32", "12", 12],
  ["int32", 1e2, 100],
  ["int32", "1e2", 100],
  ["int32", 1.0, 1],
  ["uint32", 4294967295],
  ["int64", "-9223372036854775808"],
  ["int64", 5, "5"],
  ["int64", 9007199254740991, "9007199254740991"],
  ["uint64", "18446744073709551615"],
  ["double", 1.5],
  ["double", "1.5", 1.5],
  ["double", "-Infinity"],
  ["float", 0.5],
  ["bool", true],
  ["bytes", "+/8=", "+/8="],
  ["bytes", "-_8", "+/8="],
  ["bytes", "+/\n8=\n", "+/8="],
  ["color", "COLOR_BLUE"],
  ["color", 2, "COLOR_BLUE"],
  ["color", 77],
  ["colors", ["COLOR_RED", 2], ["COLOR_RED", "COLOR_BLUE"]],
  ["byName", { a: 2 }, { a: "COLOR_BLUE" }],
  ["byFlag", { true: { name: "x" } }],
  ["duration", "1.5s", "1.500s"],
  ["duration", "-0.5s", "-0.500s"],
  ["duration", "315576000000s"],
  ["timestamp", "2024-02-29T23:59:59.123456789Z"],
  ["timestamp", "2024-02-29T12:00:00+02:00", "2024-02-29T10:00:00Z"],
  ["updateMask", "text,shelf.name"],
  ["updateMask", "*"],
  ["boolValue", false],
  ["int64Value", "3"],
  ["shelves", [{ inner: { colors: [1] } }], [{ inner: { colors: ["COLOR_RED"] } }]],
  ["right", {}],
];

/** Values that a field refuses, with the path that the error names. */
const refused: readonly [string, unknown, string?][] = [
  ["text", 1],
  ["text", {}],
  ["texts", "a"],
  ["texts", {}],
  ["texts", ["a", null], "texts[1]"],
  ["int32", 1.5],
  ["int32", 2147483648],
  ["int32", "0x10"],
  ["int32", " 1"],
  ["int32", ""],
  ["int32", true],
  ["uint32", -1],
  ["int64", "1.0"],
  ["int64", "0x10"],
  ["int64", ""],
  ["int64", "01"],
  ["int64", 2 ** 53],
  ["int64", "9223372036854775808"],
  ["uint64", "-1"],
  ["uint64", "18446744073709551616"],
  ["uint64", "9".repeat(100_000)],
  ["double", "x"],
  ["double", ""],
  ["float", 1e39],
  ["bool", "true"],
  ["bool", 1],
  ["bytes", "a"],
  ["bytes", "+_8="],
  ["bytes", "abc=="],
  ["bytes", "a!bc"],
  ["bytes", 5],
  ["color", "COLOR_PINK"],
  ["color", "2"],
  ["color", 1.5],
  ["color", true],
  ["colors", ["COLOR_RED", "COLOR_PINK"], "colors[1]"],
  ["colors", [null], "colors[0]"],
  ["byName", { a: "COLOR_PINK" }, "by_name"],
  ["byName", { a: null }, "by_name"],
  ["byName", [], "by_name"],
  ["byFlag", { yes: {} }, "by_flag"],
  ["duration", "10"],
  ["duration", 10],
  ["duration", "10sx"],
  ["duration", "1.s"],
  ["duration", "1.0000000001s"],
  ["duration", "315576000001s"],
  ["duration", {}],
  ["timestamp", "2024-02-30T00:00:00Z"],
  ["timestamp", "2023-02-29T00:00:00Z"],
  ["timestamp", "2024-01-01T24:00:00Z"],
  ["timestamp", "2024-00-01T00:00:00Z"],
  ["timestamp", "2024-01-01"],
  ["timestamp", "0000-01-01T00:00:00Z"],
  ["timestamp", 5],
  ["updateMask", "shelf_name", "update_mask"],
  ["updateMask", ["text"], "update_mask"],
  ["boolValue", "x", "bool_value"],
  ["int64Value", {}, "int64_value"],
  ["shelf", []],
  ["shelf", "x"],
  ["shelf", { inner: { colors: ["COLOR_PINK"] } }, "shelf.inner.colors[0]"],
  ["shelves", [{}, { name: 5 }], "shelves[1].name"],
];

describe("a request body", () => {
  it.each(accepted)("%s takes %j", (field, value, back = value) => {
    expect(store(JSON.stringify({ [field]: value }))).toEqual({ [field]: back });
  });

  it.each(["text", "texts", "color", "byName", "shelf", "left", "right", "duration"])(
    "takes null for %s as absent",
    (field) => {
      expect(store(JSON.stringify({ [field]: null }))).toEqual({});
    },
  );

  it("ignores unknown fields whatever they hold", () => {
    expect(store('{"unknown":{"color":"COLOR_PINK","list":[null]},"shelf":{"x":1}}')).toEqual({
      shelf: {},
    });
  });

  it("keeps a map entry named __proto__", () => {
    const json = store('{"byName":{"__proto__":"COLOR_RED"}}') as { byName: object };
    expect(Object.keys(json.byName)).toEqual(["__proto__"]);
  });

  it.each(refused)("%s refuses %j", (field, value, path = field) => {
    const error = apiErrorOf(() => store(JSON.stringify({ [field]: value })));
    expect(error.id).toBe("TARGETD-MALFORMED");
    expect(fieldsOf(error).map((name) => name.replace(/\["\w+"\]$/, ""))).toEqual([path]);
  });

  it("never repeats a value in an error", () => {
    for (const [field] of refused) {
      const error = apiErrorOf(() =>
        store(JSON.stringify({ [field]: [{ hush: "hush" }, "hush"] })),
      );
      expect(JSON.stringify([error.message, error.violations])).not.toContain("hush");
    }
  });

  it("reports every mistake at once, up to a bound", () => {
    const some = apiErrorOf(() => store('{"text":1,"shelf":{"name":2,"theme":3},"bool":4}'));
    expect(fieldsOf(some)).toEqual(["text", "shelf.name", "shelf.theme", "bool"]);
    const many = apiErrorOf(() => store(JSON.stringify({ texts: Array(1000).fill(1) })));
    expect(many.violations).toHaveLength(maxViolations);
  });

  it.each([["{}"], [""], [" \n"], ['{"unknown":1}']])("%j is the empty message", (body) => {
    expect(store(body)).toEqual({});
  });

  it.each([["null"], ["[]"], ["5"], ['"x"']])("%s is refused", (body) => {
    expect(apiErrorOf(() => store(body)).id).toBe("TARGETD-MALFORMED");
  });

  it("refuses two members of a oneof, but a null one is absent", () => {
    expect(fieldsOf(apiErrorOf(() => store('{"left":"a","right":{}}')))).toEqual(["right"]);
    expect(store('{"left":"a","right":null}')).toEqual({ left: "a" });
    expect(store('{"left":null,"right":{}}')).toEqual({ right: {} });
  });

  it("refuses a field under both of its names, and takes either", () => {
    const both = '{"boolValue":true,"bool_value":null}';
    expect(fieldsOf(apiErrorOf(() => store(both)))).toEqual(["bool_value"]);
    expect(store('{"bool_value":true}')).toEqual({ boolValue: true });
  });

  it("names a lone surrogate by its place", () => {
    expect(apiErrorOf(() => store('{"shelf":{"name":"\\ud800"}}')).message).toContain(
      "$.shelf.name",
    );
  });

  it("can be one field of the request", () => {
    expect(shelf("PATCH", { body: '{"theme":"t"}', query: "text=x" })).toEqual({
      shelf: { name: "shelves/1", theme: "t" },
      text: "x",
      updateMask: "theme",
    });
    expect(shelf("PATCH", {})).toEqual({ shelf: { name: "shelves/1" } });
  });

  it("has no place for a path variable when the field is no object", () => {
    expect(fieldsOf(apiErrorOf(() => shelf("PATCH", { body: "5" })))).toEqual(["shelf.name"]);
  });
});
