import type { MessageInitShape } from "@bufbuild/protobuf";
import { create, type DescMethod, setExtension } from "@bufbuild/protobuf";
import { MethodOptionsSchema } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { http } from "../../gen/google/api/annotations_pb.ts";
import { type HttpRule, HttpRuleSchema } from "../../gen/google/api/http_pb.ts";
import { compileRoutes } from "../../src/server/rest/routes.ts";
import { entriesOf, library } from "./support/library.ts";

/** A rule for GET on a path. */
const get = (value: string, more: MessageInitShape<typeof HttpRuleSchema> = {}): HttpRule =>
  create(HttpRuleSchema, { pattern: { case: "get", value }, ...more });

/** Compiles one method of the library with another annotation. */
function compile(rule: HttpRule, change: Partial<DescMethod> = {}) {
  const [entry] = entriesOf(library).values();
  if (entry === undefined) throw new Error("no method");
  const options = create(MethodOptionsSchema);
  setExtension(options, http, rule);
  const proto = { ...entry.method.proto, options };
  const method = { ...entry.method, ...change, proto } as DescMethod;
  return compileRoutes(new Map([[entry.name, { ...entry, method }]]), (route) => route);
}

describe("compileRoutes", () => {
  it.each<[string, HttpRule]>([
    ["no path", create(HttpRuleSchema)],
    ["a broken template", get("/lib/")],
    ["an unknown field in the path", get("/lib/{nothing}")],
    ["an unknown nested field in the path", get("/lib/{shelf.nothing}")],
    ["a field within a scalar", get("/lib/{text.name}")],
    ["a message as a path variable", get("/lib/{shelf}")],
    ["a repeated field as a path variable", get("/lib/{texts}")],
    ["a map as a path variable", get("/lib/{by_name}")],
    ["a path through a repeated message", get("/lib/{shelves.name}")],
    ["an unknown body field", get("/lib", { body: "nothing" })],
    ["an unknown response_body field", get("/lib", { responseBody: "nothing" })],
    ["two equal bindings", get("/lib/{text}", { additionalBindings: [get("/lib/{int32}")] })],
    [
      "nested additional_bindings",
      get("/a", { additionalBindings: [get("/b", { additionalBindings: [get("/c")] })] }),
    ],
  ])("refuses %s, naming the method", (_, rule) => {
    expect(() => compile(rule)).toThrow("rest.test.Library/GetShelf");
  });

  it("refuses a streaming method", () => {
    expect(() => compile(get("/lib"), { methodKind: "server_streaming" })).toThrow(
      "rest.test.Library/GetShelf",
    );
  });

  it("takes any field that a text can stand for", () => {
    const template =
      "/lib/{duration}/{timestamp}/{bool_value}/{color}/{shelf.inner.name}/{bytes=**}";
    const found = compile(get(template)).find("GET", "/lib/1s/2/true/0/x/a/b");
    expect(found).toMatchObject({ kind: "found" });
  });
});
