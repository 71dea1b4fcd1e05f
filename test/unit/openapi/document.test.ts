import type { JsonObject } from "@bufbuild/protobuf";
import { hasOption } from "@bufbuild/protobuf";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { http } from "../../../gen/google/api/annotations_pb.ts";
import { services } from "../../../src/app/services.ts";
import { methodTable } from "../../../src/rpc/method-table.ts";
import { compileRoutes, type Route } from "../../../src/server/rest/routes.ts";
import { version } from "../../../src/version.ts";
import { objectOf, operationsOf, readDocument } from "../../support/openapi/document.ts";

const methods = methodTable(services, []);

/** Paths of what is neither a method nor a route. */
const plainPaths = ["/healthz", "/instances/{instance}/keys", "/oauth/v2/keys", "/readyz"];

/** What the server has and the document lacks, and the other way round. */
function differences(document: JsonObject) {
  const routes = new Map<Route, string>();
  const trie = compileRoutes(methods, (route) => {
    routes.set(route, `${route.verb} ${route.entry.name}`);
    return route;
  });
  const connectPaths = [...methods.values()]
    .filter(({ method, access }) => method.methodKind === "unary" && access.case !== "public")
    .filter(({ method }) => !hasOption(method, http))
    .map(({ name }) => `POST /${name}`);
  const lacking = new Set([...routes.values(), ...connectPaths]);
  const unknown: string[] = [];
  for (const { verb, path, parameters } of operationsOf(document)) {
    if (plainPaths.includes(path)) continue;
    const found = trie.find(verb, path.replaceAll(/\{\w+\}/g, "x"));
    const name = found.kind === "found" ? routes.get(found.route) : `${verb} ${path}`;
    if (found.kind === "found") {
      const variables = found.route.variables.map((variable) => variable.name);
      const named = parameters.filter((each) => each.in === "path").map((each) => each.name);
      expect(named, `${verb} ${path}`).toEqual(variables);
      expect([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])).toEqual(variables);
      routes.delete(found.route);
    }
    if (name === undefined || !lacking.has(name)) unknown.push(`${verb} ${path}`);
    else if (![...routes.values()].includes(name)) lacking.delete(name);
  }
  return { lacking: [...lacking], unknown };
}

test("is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(readDocument())).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("a mistake makes it invalid", async () => {
  const document = readDocument();
  objectOf(objectOf(document.paths)["/readyz"]).get = { operationId: 5 };
  expect(await new Validator().validate(document)).toMatchObject({ valid: false });
});

test("is of this version", () => {
  expect(objectOf(readDocument().info).version).toBe(version);
});

test("has every route of the server and no other", () => {
  expect(differences(readDocument())).toEqual({ lacking: [], unknown: [] });
});

describe("a document without a route", () => {
  test.each([
    ["/v2/actions/targets/{id}", "patch", "PATCH zitadel.action.v2.ActionService/UpdateTarget"],
    [
      "/v2beta/actions/targets/_search",
      "post",
      "POST zitadel.action.v2beta.ActionService/ListTargets",
    ],
    [
      "/targetd.v1.EventService/PublishEvents",
      "post",
      "POST /targetd.v1.EventService/PublishEvents",
    ],
  ])("lacks %s %s", (path, verb, name) => {
    const document = readDocument();
    delete objectOf(objectOf(document.paths)[path])[verb];
    expect(differences(document)).toEqual({ lacking: [name], unknown: [] });
  });
});

test.each([
  ["/v2/actions/more", "POST /v2/actions/more"],
  ["/targetd.v1.EventService/Forget", "POST /targetd.v1.EventService/Forget"],
])("a document with %s has a route too many", (path, name) => {
  const document = readDocument();
  objectOf(document.paths)[path] = { post: { responses: {} } };
  expect(differences(document)).toEqual({ lacking: [], unknown: [name] });
});

test("every operation has an id of its own, a summary and the permission of its method", () => {
  const operations = operationsOf(readDocument());
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  const { paths } = readDocument();
  for (const { path, verb, id, permission } of operations) {
    const operation = objectOf(objectOf(objectOf(paths)[path])[verb.toLowerCase()]);
    expect(String(operation.summary), id).toMatch(/^[A-Z].*[^.]$/);
    const text = String(operation.description ?? "");
    if (permission) expect(text, id).toContain(`\`${permission}\``);
  }
});
