import { describe, expect, it } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { decode, decodeLibrary, type Parts } from "./support/decode.ts";
import { apiErrorOf, fieldsOf } from "./support/errors.ts";

const search = (query: string) => decodeLibrary("GET", "/lib/everything/1/COLOR_RED", { query });
const shelf = (verb: string, parts: Parts) => decodeLibrary(verb, "/lib/shelves/1", parts);

describe("path variables", () => {
  const file = (path: string) => decodeLibrary("GET", `/lib/files/${path}`);
  const read = (path: string) => decodeLibrary("GET", `/lib/everything/${path}`);
  const getTarget = (id: string) => decode(ActionService, "GET", `/v2/actions/targets/${id}`);

  it.each([
    ["a%2Fb", "a/b"],
    ["a%20b+c", "a b+c"],
    ["%C3%A9%00", "é\0"],
    ["a:b", "a:b"],
    ["search", "search"],
  ])("decodes the single segment %s", (raw, id) => {
    expect(getTarget(raw)).toMatchObject({ id });
  });

  it.each([
    ["a/b%20c", "a/b c"],
    ["a%2fb/c%2Fd", "a%2fb/c%2Fd"],
    ["a%252Fb/c", "a%2Fb/c"],
  ])("decodes the segments %s and keeps %%2F", (raw, text) => {
    expect(file(raw)).toEqual({ text });
  });

  it.each([["%"], ["%2"], ["%zz"], ["%ff"], ["%ed%a0%80"]])("refuses the escape %s", (raw) => {
    expect(apiErrorOf(() => getTarget(raw)).id).toBe("TARGETD-MALFORMED");
    expect(apiErrorOf(() => file(`a/${raw}`)).id).toBe("TARGETD-MALFORMED");
  });

  it("converts to the field's type", () => {
    expect(read("-7/COLOR_BLUE")).toEqual({ int32: -7, color: "COLOR_BLUE" });
    expect(read("7/2")).toEqual({ int32: 7, color: "COLOR_BLUE" });
    expect(fieldsOf(apiErrorOf(() => read("x/COLOR_PINK")))).toEqual(["int32", "color"]);
  });

  it("override the body's field under either name", () => {
    const update = (body: string) =>
      decode(ActionService, "POST", "/v2/actions/targets/1", { body });
    expect(update('{"id":"2"}')).toMatchObject({ id: "1" });
    expect(update('{"id":5}')).toMatchObject({ id: "1" });
    const path = "/v2/actions/targets/1/publickeys";
    const add = (body: string) => decode(ActionService, "POST", path, { body });
    expect(add('{"target_id":"2"}')).toMatchObject({ targetId: "1" });
    expect(add('{"targetId":"2"}')).toMatchObject({ targetId: "1" });
  });

  it("reach nested fields beside those of the body", () => {
    const body = '{"shelf":{"name":"x","theme":"t"}}';
    expect(decodeLibrary("POST", "/lib/shelves/9:archive", { body })).toEqual({
      shelf: { name: "shelves/9", theme: "t" },
    });
  });
});

describe("query parameters", () => {
  it.each<[string, object]>([
    ["text=a%20b+c", { text: "a b c" }],
    ["text=", {}],
    ["text", {}],
    ["texts=a&texts=b", { texts: ["a", "b"] }],
    ["shelf.name=n&shelf.inner.theme=t", { shelf: { name: "n", inner: { theme: "t" } } }],
    ["shelf.colors=COLOR_RED&shelf.colors=2", { shelf: { colors: ["COLOR_RED", "COLOR_BLUE"] } }],
    ["bool=true&boolValue=false", { bool: true, boolValue: false }],
    ["bool_value=true", { boolValue: true }],
    ["int64=5&int64Value=6&double=1.5", { int64: "5", int64Value: "6", double: 1.5 }],
    [
      "duration=3s&timestamp=2024-01-01T00:00:00Z",
      { duration: "3s", timestamp: "2024-01-01T00:00:00Z" },
    ],
    ["updateMask=text,boolValue", { updateMask: "text,boolValue" }],
    ["bytes=-_8", { bytes: "+/8=" }],
    ["left=x", { left: "x" }],
    ["etag=e", { etag: "e" }],
    ["nothing=1&shelf.nothing=2&text.x=3&.=4&=5&&__proto__=6&shelf.=7", {}],
    ["int32=9&color=2", {}],
  ])("%s", (query, expected) => {
    expect(search(query)).toEqual({ int32: 1, color: "COLOR_RED", ...expected });
  });

  it.each<[string, readonly string[]]>([
    ["shelf=x&byName[a]=1&byName=2&by_flag.true=3", ["shelf", "by_name", "by_flag"]],
    ["shelves=x&shelves.name=y", ["shelves", "shelves.name"]],
    ["text=a&text=b&bool=true&bool=true", ["text", "bool"]],
    ["bool=1&int64=x&colors=COLOR_PINK", ["bool", "int64", "colors[0]"]],
  ])("%s is refused", (query, fields) => {
    const error = apiErrorOf(() => search(query));
    expect(error.id).toBe("TARGETD-MALFORMED");
    expect(fieldsOf(error)).toEqual(fields);
  });

  it.each([["text=%"], ["%zz=1"], ["nothing=%ff"]])("%s has an invalid escape", (query) => {
    expect(apiErrorOf(() => search(query)).id).toBe("TARGETD-MALFORMED");
  });

  it("belong in the body where that is the whole request, all named at once", () => {
    const query = "name=x&timeout=1s&ignored=1&updateMask=name&pagination.limit=5";
    const error = apiErrorOf(() =>
      decode(ActionService, "PATCH", "/v2/actions/targets/1", { query, body: "{}" }),
    );
    expect(error.entry.reason).toBe("INVALID_ARGUMENT");
    expect(fieldsOf(error)).toEqual(["name", "timeout", "update_mask"]);
  });

  it("belong in the body where they name the body's field", () => {
    const error = apiErrorOf(() => shelf("PATCH", { query: "shelf.theme=x&text=y", body: "{}" }));
    expect(fieldsOf(error)).toEqual(["shelf.theme"]);
  });
});
