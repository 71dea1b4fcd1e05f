import { describe, expect, it } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { compileRoutes } from "../../src/server/rest/routes.ts";
import { parseTemplate } from "../../src/server/rest/template.ts";
import { RouteTrie } from "../../src/server/rest/trie.ts";
import { entriesOf } from "./support/library.ts";

const names = [
  "GET /a/b",
  "GET /a/{x}",
  "GET /a/*/c",
  "GET /a/{x}/c",
  "GET /a/{x}/d",
  "GET /a/**",
  "POST /a/b",
  "POST /a/*",
  "POST /a/{x}:act",
  "POST /a/b:act",
  "POST /a/**:all",
  "GET /m/{x=s/*}",
  "* /any/{x}",
  "PUT /v/*/{x}:act",
  "PUT /v/w/{x}",
];
const trie = new RouteTrie<string>();
for (const name of names) {
  const [method = "", template = ""] = name.split(" ");
  trie.add(method, parseTemplate(template), name);
}

const matches: readonly [string, string, string | readonly string[]][] = [
  ["GET", "/a/b", "GET /a/b"],
  ["GET", "/a/z", "GET /a/{x}"],
  ["GET", "/a/%62", "GET /a/{x}"],
  ["GET", "/a/b/c", "GET /a/{x}/c"],
  ["GET", "/a/b/d", "GET /a/{x}/d"],
  ["GET", "/a/b/e", "GET /a/**"],
  ["GET", "/a/b/c/d/e", "GET /a/**"],
  ["GET", "/a", "GET /a/**"],
  ["HEAD", "/a/b", "GET /a/b"],
  ["POST", "/a/b", "POST /a/b"],
  ["POST", "/a/b:act", "POST /a/b:act"],
  ["POST", "/a/c:act", "POST /a/{x}:act"],
  ["POST", "/a/c:d:act", "POST /a/{x}:act"],
  ["POST", "/a/c:other", "POST /a/*"],
  ["POST", "/a/:act", "POST /a/*"],
  ["POST", "/a/c/d:all", "POST /a/**:all"],
  ["POST", "/a:all", "POST /a/**:all"],
  ["GET", "/a/c:act", "GET /a/{x}"],
  ["GET", "/m/s/1", "GET /m/{x=s/*}"],
  ["PURGE", "/any/1", "* /any/{x}"],
  ["PUT", "/v/w/1:act", "PUT /v/w/{x}"],
  ["PUT", "/v/u/1:act", "PUT /v/*/{x}:act"],
  ["DELETE", "/a/b", ["GET", "HEAD", "POST"]],
  ["PUT", "/a/b/c/d", ["GET", "HEAD"]],
  ["DELETE", "/v/w/1:act", ["PUT"]],
  ["get", "/a/b", ["GET", "HEAD", "POST"]],
  ["GET", "/", []],
  ["GET", "", []],
  ["GET", "a/b", []],
  ["GET", "/b", []],
  ["GET", "/a/b/", []],
  ["GET", "/a//b", []],
  ["GET", "//a/b", []],
  ["GET", "/m/s", []],
  ["GET", "/m/t/1", []],
  ["GET", "/__proto__", []],
];

describe("RouteTrie", () => {
  it.each(matches)("%s %s finds %j", (method, path, expected) => {
    const result = trie.find(method, path);
    if (typeof expected === "string") expect(result).toMatchObject({ route: expected });
    else expect(result).toEqual({ kind: "not-found", allow: expected });
  });

  it("gives the raw segments without the verb of the template", () => {
    expect(trie.find("POST", "/a/x%2Fy:act")).toMatchObject({ segments: ["a", "x%2Fy"] });
    expect(trie.find("GET", "/a/x%2Fy:act")).toMatchObject({ segments: ["a", "x%2Fy:act"] });
  });

  it.each([["/a/{other}"], ["/a/{x=*}"], ["/a/b"], ["/m/s/{x}"], ["/a/{x=**}"]])(
    "refuses %s as equal to a template it has",
    (template) => {
      expect(() => trie.add("GET", parseTemplate(template), "twin")).toThrow();
    },
  );

  it.each([
    ["/b", "GET /{x}"],
    ["/b:c", "GET /{x}"],
    ["/b:act", "GET /{x}:act"],
    ["/own", "GET /own"],
    ["/", undefined],
    ["//b", undefined],
    ["b", undefined],
    ["/a/b", undefined],
  ])("finds %s below a variable that is the whole path", (path, expected) => {
    const small = new RouteTrie<string>();
    for (const template of ["/{x}", "/{x}:act", "/own"]) {
      small.add("GET", parseTemplate(template), `GET ${template}`);
    }
    const found = small.find("GET", path);
    expect(found.kind === "found" ? found.route : undefined).toBe(expected);
  });

  it("bounds the work for paths that many templates nearly fit", () => {
    const wide = new RouteTrie<number>();
    for (let mask = 0; mask < 2 ** 10; mask++) {
      const segments = Array.from({ length: 10 }, (_, bit) => ((mask >> bit) & 1 ? "a" : "*"));
      wide.add("GET", parseTemplate(`/${segments.join("/")}/end`), mask);
    }
    expect(wide.find("GET", `/${"a/".repeat(10)}end`)).toMatchObject({ route: 2 ** 10 - 1 });
    expect(wide.find("GET", `/${"a/".repeat(10)}none`)).toMatchObject({ allow: [] });
  });
});

const routes: readonly [string, string, string | readonly string[]][] = [
  ["POST", "/v2/actions/targets", "CreateTarget"],
  ["POST", "/v2/actions/targets/1", "UpdateTarget"],
  ["PATCH", "/v2/actions/targets/1", "UpdateTarget"],
  ["DELETE", "/v2/actions/targets/1", "DeleteTarget"],
  ["GET", "/v2/actions/targets/1", "GetTarget"],
  ["POST", "/v2/actions/targets/search", "ListTargets"],
  ["GET", "/v2/actions/targets/search", "GetTarget"],
  ["POST", "/v2/actions/targets/%73earch", "UpdateTarget"],
  ["POST", "/v2/actions/targets/1/publickeys", "AddPublicKey"],
  ["POST", "/v2/actions/targets/1/publickeys/2/activate", "ActivatePublicKey"],
  ["PUT", "/v2/actions/targets/1/publickeys/2/activate", "ActivatePublicKey"],
  ["PUT", "/v2/actions/targets/1/publickeys/2/deactivate", "DeactivatePublicKey"],
  ["DELETE", "/v2/actions/targets/1/publickeys/2", "RemovePublicKey"],
  ["POST", "/v2/actions/targets/1/publickeys/search", "ListPublicKeys"],
  ["PUT", "/v2/actions/executions", "SetExecution"],
  ["POST", "/v2/actions/executions/search", "ListExecutions"],
  ["GET", "/v2/actions/executions/functions", "ListExecutionFunctions"],
  ["GET", "/v2/actions/executions/methods", "ListExecutionMethods"],
  ["GET", "/v2/actions/executions/services", "ListExecutionServices"],
  ["PUT", "/v2/actions/targets/search", ["DELETE", "GET", "HEAD", "PATCH", "POST"]],
  ["GET", "/v2/actions/targets", ["POST"]],
  ["GET", "/v2/actions", []],
];

describe("routes of the ActionService", () => {
  const action = compileRoutes(entriesOf(ActionService), (route) => route.entry.method.name);

  it.each(routes)("%s %s is %j", (method, path, expected) => {
    const result = action.find(method, path);
    if (typeof expected === "string") expect(result).toMatchObject({ route: expected });
    else expect(result).toEqual({ kind: "not-found", allow: expected });
  });

  it("cannot be compiled when two methods have equal templates", () => {
    const [first] = entriesOf(ActionService).values();
    if (first === undefined) throw new Error("no method");
    const twice = new Map([
      ["one", first],
      ["two", first],
    ]);
    expect(() => compileRoutes(twice, (route) => route)).toThrow(first.name);
  });
});
