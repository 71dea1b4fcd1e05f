/** Walks the OpenAPI document: every operation is called as it says, and must answer as it says. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { localTargets } from "../support/filled-server.ts";
import { openHook } from "../support/hook.ts";
import { breachesOf } from "../support/openapi/breaches.ts";
import { callOperation, filledIn, type Request } from "../support/openapi/caller.ts";
import {
  type Operation,
  objectOf,
  operationsOf,
  readDocument,
} from "../support/openapi/document.ts";
import { schemaCheck } from "../support/openapi/schemas.ts";
import { connectCaller, textsFor } from "../support/openapi/world.ts";

const document = readDocument();
const operations = operationsOf(document);
const checkAnswer = schemaCheck(document, true);
const checkRequest = schemaCheck(document, false);

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ env: localTargets });
});

afterAll(() => app.stop());

const call = (operation: Operation, request: Request) =>
  callOperation(app.url, checkAnswer, operation, request);

/** The example of an operation, with things that exist. */
async function example({ id, parameters, body }: Operation) {
  const hook = await openHook();
  const texts = await textsFor(id, connectCaller(app.url, app.tokens.owner), hook);
  const path = parameters
    .filter((parameter) => parameter.in === "path")
    .map((parameter) => [parameter.name, String(filledIn(parameter.example ?? "", texts))]);
  return {
    path: Object.fromEntries(path) as Record<string, string>,
    body: body && objectOf(filledIn(body.example, texts)),
  };
}

/** A request that need not be valid. */
const anything = ({ parameters, body }: Operation): Request => ({
  path: Object.fromEntries(parameters.map(({ name }) => [name, "x"])),
  body: body && {},
});

/** A token with a single permission. */
async function tokenWith(permission: string): Promise<string> {
  const create = connectCaller(app.url, app.tokens.owner);
  const request = { description: "test", permissions: [permission] };
  const { accessToken } = await create("targetd.v1.TokenService/CreateToken", request);
  return String(accessToken);
}

const named = operations.map((operation) => [operation.id, operation] as const);
const guarded = named.filter(([, { permission }]) => permission !== undefined);
const permitted = guarded.filter(([, { permission }]) => permission !== "");
const withBody = named.filter(([, { body }]) => body !== undefined);

test.each(named)("%s succeeds with its example", async (_, operation) => {
  const request = await example(operation);
  if (operation.body !== undefined) {
    expect(checkRequest(operation.body.schema, request.body)).toEqual([]);
  }
  const token = operation.permission === undefined ? undefined : app.tokens.owner;
  expect(await call(operation, { ...request, token })).toMatchObject({ status: 200 });
});

test.each(guarded)("%s needs a credential", async (_, operation) => {
  const { status, headers } = await call(operation, anything(operation));
  expect([status, headers.has("www-authenticate")]).toEqual([401, true]);
});

test.each(permitted)("%s needs the permission that the document names", async (_, operation) => {
  const request = anything(operation);
  const without = await call(operation, { ...request, token: app.tokens.nobody });
  expect(without.status).toBe(403);
  const token = await tokenWith(operation.permission ?? "");
  expect((await call(operation, { ...request, token })).status).not.toBe(403);
});

test.each(withBody)("%s refuses what the document refuses", async (_, operation) => {
  const { path, body = {} } = await example(operation);
  const schema = operation.body?.schema ?? {};
  const wrong: string[] = [];
  for (const { what, field, body: broken } of breachesOf(document, schema, body)) {
    // No validator knows the limits of durations.
    const fits = !what.includes(" x-") && checkRequest(schema, broken).length === 0;
    if (fits) wrong.push(`${what} fits the schema`);
    const answer = await call(operation, { path, body: broken, token: app.tokens.owner });
    const text = JSON.stringify(answer.json);
    if (answer.status !== 400 || !text.includes(field)) wrong.push(`${what}: ${text}`);
  }
  expect(wrong).toEqual([]);
});

const withTag = named.filter(([, { parameters }]) =>
  parameters.some(({ name }) => name === "If-Match"),
);

test.each(withTag)("%s takes If-Match as the document has it", async (_, operation) => {
  const request = { ...(await example(operation)), token: app.tokens.owner };
  const statuses: number[] = [];
  for (const tag of ["weak", '"stale"', "*"]) {
    const { status } = await call(operation, { ...request, headers: { "if-match": tag } });
    statuses.push(status);
  }
  expect(statuses).toEqual([400, 409, 200]);
});

describe("errors are as the document has them", () => {
  const action = "zitadel.action.v2.ActionService";
  const operation = (id: string) => operations.find((each) => each.id === id) as Operation;
  const create = operation("ActionService_CreateTarget");
  const get = operation("ActionService_GetTarget");

  test.each<[string, Operation, number, Request]>([
    ["no such target", get, 404, { path: { id: "none" } }],
    [
      "a body that is no JSON",
      create,
      415,
      { body: {}, headers: { "content-type": "multipart/form-data" } },
    ],
    ["a body that is too large", create, 413, { body: { name: "a".repeat(5_000_000) } }],
    [
      "no such method",
      operation("ActionService_SetExecution"),
      404,
      { body: { condition: { request: { method: "/none.v1.None/None" } } } },
    ],
    ["no such delivery", operation("DeliveryService_GetDelivery"), 404, { body: { id: "none" } }],
    ["skipping executions", get, 403, { path: { id: "none" }, token: "viewer" }],
  ])("%s", async (_, called, status, request) => {
    const viewer = request.token === "viewer";
    const token = viewer ? app.tokens.viewer : app.tokens.owner;
    const skip = viewer ? { "targetd-skip-executions": "true" } : {};
    const headers = { ...request.headers, ...skip };
    expect((await call(called, { ...request, token, headers })).status).toBe(status);
  });

  test("a name that is taken", async () => {
    const request = { ...(await example(create)), token: app.tokens.owner };
    expect((await call(create, request)).status).toBe(200);
    expect((await call(create, request)).status).toBe(409);
  });

  test("targets that fail, or forward an error", async () => {
    const owner = connectCaller(app.url, app.tokens.owner);
    const hook = await openHook();
    const texts = await textsFor("ActionService_GetTarget", owner, hook);
    const id = texts.TARGET_ID ?? "";
    await owner(`${action}/UpdateTarget`, { id, restWebhook: { interruptOnError: true } });
    const condition = { request: { method: `/${action}/GetTarget` } };
    await owner(`${action}/SetExecution`, { condition, targets: [id] });
    const request = { path: { id }, token: app.tokens.owner };
    hook.answer(() => ({ status: 500 }));
    expect((await call(get, request)).status).toBe(400);
    hook.answer(() => ({ body: { forwardedStatusCode: 404, forwardedErrorMessage: "gone" } }));
    expect((await call(get, request)).status).toBe(404);
    await owner(`${action}/UpdateTarget`, { id, restWebhook: {} });
    hook.answer(() => ({ status: 500 }));
    const warned = await call(get, request);
    expect([warned.status, warned.headers.has("targetd-warning")]).toEqual([200, true]);
    await owner(`${action}/SetExecution`, { condition, targets: [] });
  });
});
