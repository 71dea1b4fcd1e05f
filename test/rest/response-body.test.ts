import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { responseEncoder } from "../../src/server/rest/transcode.ts";
import { everything, library, routeOf } from "./support/library.ts";

describe("response_body", () => {
  const encode = (verb: string, path: string, init: Record<string, unknown>) =>
    responseEncoder(routeOf(library, verb, path).route)(create(everything, init));

  it("answers that field alone", () => {
    expect(encode("PATCH", "/lib/shelves/1", { shelf: { name: "n" } })).toBe('{"name":"n"}');
    expect(encode("POST", "/lib/shelves/1:archive", { texts: ["a"] })).toBe('["a"]');
  });

  it("answers its empty value when it is not set", () => {
    expect(encode("PATCH", "/lib/shelves/1", {})).toBe("null");
    expect(encode("POST", "/lib/shelves/1:archive", {})).toBe("[]");
    expect(encode("PURGE", "/lib/x", {})).toBe("{}");
  });
});
