/** SetExecution and ListExecutions, besides what door-equality-executions.test.ts plays. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";
import { actionService, newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer();
const hook = "https://example.com/hook";
const method = { request: { method: `/${actionService}/CreateTarget` } };
const group = { event: { group: "target" } };

/** Sets a list and tells how that came out. */
const setting =
  (tenant: Tenant) =>
  async (condition: JsonObject, ...targets: string[]) =>
    shortly(await tenant.call("SetExecution", { condition, targets }));

async function listed(tenant: Tenant, query: JsonObject = {}): Promise<readonly JsonObject[]> {
  const message = await tenant.must("ListExecutions", query);
  return (message.executions ?? []) as JsonObject[];
}

test("an execution reads back as it was set, with its dates and its etag", async () => {
  const tenant = await newTenant(server);
  const ids = [(await tenant.target(hook)).id, (await tenant.target(hook)).id];
  const { setDate = "" } = await tenant.must("SetExecution", { condition: group, targets: ids });
  const [execution] = await listed(tenant);
  expect(execution).toEqual({
    ...{ condition: group, creationDate: setDate, changeDate: setDate, targets: ids },
    etag: expect.stringMatching(/^\w+$/),
  });
  const reversed = { condition: group, targets: ids.toReversed() };
  const { setDate: later = "" } = await tenant.must("SetExecution", reversed);
  expect(String(later) > String(setDate)).toBe(true);
  const [changed] = await listed(tenant);
  expect(changed).toMatchObject({ creationDate: setDate, changeDate: later });
  expect(changed?.etag).not.toBe(execution?.etag);
  expect((await tenant.must("SetExecution", reversed)).setDate).toBe(later);
  expect(await listed(tenant)).toEqual([changed]);
});

test("every form of a condition reads back as it was set, sorted by its id", async () => {
  const tenant = await newTenant(server);
  const { id } = await tenant.target(hook);
  const conditions: JsonObject[] = [
    { event: { all: true } },
    { event: { group: "target" } },
    { event: { event: "target.changed" } },
    { function: { name: "preuserinfo" } },
    { request: { service: actionService } },
    { request: { method: `/${actionService}/GetTarget` } },
    { response: { all: true } },
    { response: { service: actionService } },
  ];
  for (const condition of conditions.toReversed()) await tenant.bind(condition, id);
  const query = { sortingColumn: "EXECUTION_FIELD_NAME_ID", pagination: { asc: true } };
  const found = (await listed(tenant, query)).map(({ condition }) => condition);
  expect(found).toEqual(conditions);
});

test("an unset list is not shown, and set again it keeps its first date", async () => {
  const tenant = await newTenant(server);
  const { id } = await tenant.target(hook);
  await tenant.bind(group, id);
  const [first] = await listed(tenant);
  await tenant.bind(group);
  expect(await listed(tenant)).toEqual([]);
  await tenant.bind(group, id);
  expect(await listed(tenant)).toMatchObject([{ creationDate: first?.creationDate ?? "" }]);
});

test("what was never set has no date when it is unset", async () => {
  const tenant = await newTenant(server);
  expect(await tenant.must("SetExecution", { condition: group })).toEqual({});
});

test("a deleted target is in no list any more, and a list that is empty then is not shown", async () => {
  const tenant = await newTenant(server);
  const [a, b] = [(await tenant.target(hook)).id, (await tenant.target(hook)).id];
  await tenant.bind(group, a, b);
  await tenant.bind({ event: { all: true } }, a);
  const [before] = await listed(tenant, {
    filters: [{ inConditionsFilter: { conditions: [group] } }],
  });
  await tenant.must("DeleteTarget", { id: a });
  const after = await listed(tenant);
  expect(after).toMatchObject([{ condition: group, targets: [b] }]);
  expect(after[0]?.etag).not.toBe(before?.etag);
  expect(await setting(tenant)(group, a)).toBe("NOT_FOUND COMMAND-17e8fq1ggk");
});

test("targets of another instance do not exist", async () => {
  const [one, other] = [await newTenant(server), await newTenant(server)];
  const { id } = await one.target(hook);
  await one.bind(group, id);
  expect(await setting(other)(group, id)).toBe("NOT_FOUND COMMAND-17e8fq1ggk");
  expect(await listed(other)).toEqual([]);
});

test("of many that set one condition with the same etag, one does", async () => {
  const tenant = await newTenant(server);
  const targets = await Promise.all(Array.from({ length: 6 }, () => tenant.target(hook)));
  const [first, ...others] = targets.map(({ id }) => id);
  await tenant.bind(group, first ?? "");
  const [{ etag = "" } = {}] = await listed(tenant);
  const codes = await Promise.all(
    others.map(async (id) => {
      const request = { condition: group, targets: [id], etag };
      return (await tenant.call("SetExecution", request)).code;
    }),
  );
  expect(codes.toSorted()).toEqual(["ABORTED", "ABORTED", "ABORTED", "ABORTED", "OK"]);
});

describe("a hint", () => {
  test.each<[JsonObject, string]>([
    [{ request: { method: `${actionService}.CreateTarget` } }, `/${actionService}/CreateTarget`],
    [{ response: { method: `/${actionService}/createtarget` } }, `/${actionService}/CreateTarget`],
    [{ request: { service: "zitadel.action.v2.ActionsService" } }, actionService],
    [{ function: { name: "preUserinfo" } }, "preuserinfo"],
    [{ event: { event: "target.change" } }, "target.changed"],
    [{ event: { group: "targets" } }, "target"],
  ])("for %j is %s", async (condition, hint) => {
    const tenant = await newTenant(server);
    const { id } = await tenant.target(hook);
    const { code, text } = await tenant.call("SetExecution", { condition, targets: [id] });
    expect(code).toBe("NOT_FOUND");
    expect(text).toContain(`did you mean "${hint}"?`);
  });
});

describe.each(twoDoors)("over %s", (door) => {
  /** Sets and lists with what another condition's id looks like. */
  test.each<[string, JsonObject]>([
    ["a service", { request: { service: `${actionService}/CreateTarget` } }],
    ["a method without slash", { request: { method: `${actionService}/CreateTarget` } }],
    ["a method with too many", { request: { method: `//${actionService}/CreateTarget` } }],
    ["an event type", { event: { event: "target.*" } }],
  ])("%s that spells the id of another condition is unknown", async (_, condition) => {
    const tenant = await newTenant(server);
    const { id } = await tenant.target(hook);
    await tenant.bind(method, id);
    await tenant.bind(group, id);
    for (const targets of [[], [id]]) {
      const request = { condition, targets };
      const { code } = await tenant.call("SetExecution", request, { through: door });
      expect(code).toBe("NOT_FOUND");
    }
    const filters = [{ inConditionsFilter: { conditions: [condition] } }];
    expect(await listed(tenant, { filters })).toEqual([]);
    expect(await listed(tenant)).toHaveLength(2);
  });

  test.each<[string, JsonObject]>([
    ["white space around it", { function: { name: " preuserinfo " } }],
    ["a NUL", { function: { name: "preuserinfo\0" } }],
    ["__proto__", { function: { name: "__proto__" } }],
    ["emoji", { request: { service: "🎯".repeat(1000) } }],
    ["wildcards of SQL", { event: { event: "target.%" } }],
  ])("a name with %s is unknown and no mistake", async (_, condition) => {
    const tenant = await newTenant(server);
    const { id } = await tenant.target(hook);
    const outcome = await tenant.call(
      "SetExecution",
      { condition, targets: [id] },
      { through: door },
    );
    expect(outcome.code).toBe("NOT_FOUND");
    expect(outcome.text.length).toBeLessThan(1500);
  });

  test.each<[string, JsonValue[], string]>([
    ["a target twice", ["a", "b", "a"], "targets[2]"],
    ["an empty id", [""], "targets[0]"],
    ["an id of 201 characters", ["x".repeat(201)], "targets[0]"],
  ])("a list with %s is INVALID_ARGUMENT", async (_, targets, field) => {
    const tenant = await newTenant(server);
    const request = { condition: group, targets };
    const outcome = await tenant.call("SetExecution", request, { through: door });
    expect(shortly(outcome)).toBe(`INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT ${field}`);
  });

  test("a repeated id and an unknown one are named", async () => {
    const tenant = await newTenant(server);
    const call = (targets: string[]) =>
      tenant.call("SetExecution", { condition: group, targets }, { through: door });
    expect((await call(["twice", "twice"])).text).toContain("twice");
    expect((await call(["nobody", "knows"])).text).toContain('"nobody", "knows"');
  });

  test("50 unknown ids of 200 characters make an error that clients take", async () => {
    const tenant = await newTenant(server);
    const targets = Array.from({ length: 50 }, (_, index) => `${index}`.padEnd(200, "é"));
    const outcome = await tenant.call(
      "SetExecution",
      { condition: group, targets },
      { through: door },
    );
    expect(shortly(outcome)).toBe("NOT_FOUND COMMAND-17e8fq1ggk");
  });

  test("a list as long as a body allows is refused without holding others up", async () => {
    const tenant = await newTenant(server);
    const targets = Array.from({ length: 90_000 }, (_, index) => index.toString(36));
    const request = { condition: group, targets };
    const outcome = await tenant.call("SetExecution", request, { through: door });
    expect(shortly(outcome)).toBe("INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT targets");
  });
});

test("two conditions at once cannot be read", async () => {
  const tenant = await newTenant(server);
  const body = JSON.stringify({ condition: { ...group, ...method }, targets: [] });
  const path = "/v2/actions/executions";
  const outcome = await server.rest({ verb: "PUT", path, body }, { token: tenant.token });
  expect(outcome.code).toBe("INVALID_ARGUMENT");
});
