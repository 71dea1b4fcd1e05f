import type { JsonObject } from "@bufbuild/protobuf";
import { beforeAll, describe, expect, test } from "vitest";
import { anyTarget, shortly } from "./support/play.ts";
import { twoDoors, useServer } from "./support/server.ts";

const server = useServer();

/** Names by what they are created with; in this order. */
const samples: readonly (readonly [string, JsonObject])[] = [
  ["beta", { restCall: {}, timeout: "20s", endpoint: "https://b.example" }],
  ["Alpha", { restAsync: {}, timeout: "5s", endpoint: "https://c.example" }],
  ["100%_\\", { restWebhook: {}, timeout: "0.5s", endpoint: "https://a.example" }],
  [
    "émile",
    { restCall: { interruptOnError: true }, timeout: "270s", endpoint: "http://z.example" },
  ],
];
const ids = new Map<string, string>();

beforeAll(async () => {
  for (const [name, changes] of samples) {
    const { restWebhook: _, ...rest } = anyTarget;
    const { message } = await server.call("CreateTarget", { name, ...rest, ...changes });
    ids.set(name, String(message.id));
  }
  // The first one is changed last.
  await server.call("UpdateTarget", { id: ids.get("beta") ?? "", ordered: true });
});

interface Listed {
  readonly names: readonly unknown[];
  readonly pagination: unknown;
}

async function list(
  request: JsonObject,
  door: (typeof twoDoors)[number] = "REST",
): Promise<Listed> {
  const outcome = await server.call("ListTargets", request, door);
  expect(shortly(outcome)).toBe("OK");
  const { targets = [], pagination } = outcome.message;
  return { names: (targets as JsonObject[]).map(({ name }) => name), pagination };
}

const oldestFirst = samples.map(([name]) => name);

describe.each(twoDoors)("over %s", (door) => {
  test.each([
    ["UNSPECIFIED", ["beta", "Alpha", "100%_\\", "émile"]],
    ["ID", ["beta", "Alpha", "100%_\\", "émile"]],
    ["CREATED_DATE", ["beta", "Alpha", "100%_\\", "émile"]],
    ["CHANGED_DATE", ["Alpha", "100%_\\", "émile", "beta"]],
    ["NAME", ["100%_\\", "Alpha", "beta", "émile"]],
    ["TARGET_TYPE", ["100%_\\", "beta", "émile", "Alpha"]],
    ["URL", ["émile", "100%_\\", "beta", "Alpha"]],
    ["TIMEOUT", ["100%_\\", "Alpha", "beta", "émile"]],
    ["INTERRUPT_ON_ERROR", ["beta", "Alpha", "100%_\\", "émile"]],
  ])("sorts by %s, both ways", async (column, names) => {
    const sortingColumn = `TARGET_FIELD_NAME_${column}`;
    const ascending = await list({ sortingColumn, pagination: { asc: true } }, door);
    expect(ascending.names).toEqual(names);
    expect((await list({ sortingColumn }, door)).names).toEqual(names.toReversed());
  });

  test("shows the newest first, with total and limit as strings", async () => {
    expect(await list({}, door)).toEqual({
      names: oldestFirst.toReversed(),
      pagination: { totalResult: "4", appliedLimit: "100" },
    });
  });

  test.each<[JsonObject, string[], string]>([
    [{ limit: 2, asc: true }, ["beta", "Alpha"], "2"],
    [{ limit: 2, asc: true, offset: "1" }, ["Alpha", "100%_\\"], "2"],
    [{ limit: 1000, asc: true, offset: 3 }, ["émile"], "1000"],
    [{ limit: 0, asc: true, offset: "4" }, [], "100"],
    [{ offset: "18446744073709551615" }, [], "100"],
  ])("the page %j counts every match", async (pagination, names, appliedLimit) => {
    expect(await list({ pagination }, door)).toEqual({
      names,
      pagination: { totalResult: "4", appliedLimit },
    });
  });

  test.each([
    ["ALPHA", "EQUALS", []],
    ["Alpha", "EQUALS", ["Alpha"]],
    ["ALPHA", "EQUALS_IGNORE_CASE", ["Alpha"]],
    ["ÉMILE", "EQUALS_IGNORE_CASE", ["émile"]],
    ["e\u0301mile", "EQUALS_IGNORE_CASE", ["émile"]],
    ["Al", "STARTS_WITH", ["Alpha"]],
    ["al", "STARTS_WITH", []],
    ["aL", "STARTS_WITH_IGNORE_CASE", ["Alpha"]],
    ["%", "STARTS_WITH", []],
    ["%", "CONTAINS", ["100%_\\"]],
    ["_", "CONTAINS", ["100%_\\"]],
    ["0%_", "CONTAINS_IGNORE_CASE", ["100%_\\"]],
    ["PH", "CONTAINS_IGNORE_CASE", ["Alpha"]],
    ["\\", "ENDS_WITH", ["100%_\\"]],
    ["TA", "ENDS_WITH_IGNORE_CASE", ["beta"]],
    ["", "CONTAINS", ["beta", "Alpha", "100%_\\", "émile"]],
    ["", "EQUALS", []],
  ])("the name %j by %s finds %j", async (targetName, method, names) => {
    const filter = { targetNameFilter: { targetName, method: `TEXT_FILTER_METHOD_${method}` } };
    const found = await list({ filters: [filter], pagination: { asc: true } }, door);
    expect(found.names).toEqual(names);
    const total = names.length === 0 ? {} : { totalResult: String(names.length) };
    expect(found.pagination).toEqual({ ...total, appliedLimit: "100" });
  });

  test("filters must all match", async () => {
    const targetIds = [ids.get("beta") ?? "", ids.get("Alpha") ?? "", "unknown"];
    const either = { inTargetIdsFilter: { targetIds } };
    const name = { targetNameFilter: { targetName: "a", method: 5 } };
    const start = { targetNameFilter: { targetName: "b", method: 2 } };
    const asc = { pagination: { asc: true } };
    expect((await list({ filters: [either], ...asc }, door)).names).toEqual(["beta", "Alpha"]);
    expect((await list({ filters: [either, name, start] }, door)).names).toEqual(["beta"]);
  });

  test.each<[string, JsonObject, string]>([
    ["a limit of 1001", { pagination: { limit: 1001 } }, "QUERY-4M0fs pagination.limit"],
    ["an empty filter", { filters: [{}] }, "GRPC-vR9nC filters[0].filter"],
    [
      "an empty second filter",
      { filters: [{ targetNameFilter: {} }, {}] },
      "GRPC-vR9nC filters[1].filter",
    ],
    [
      "no ids",
      { filters: [{ inTargetIdsFilter: {} }] },
      "TARGETD-INVALID-ARGUMENT filters[0].in_target_ids_filter.target_ids",
    ],
    [
      "an empty id",
      { filters: [{ inTargetIdsFilter: { targetIds: ["x", ""] } }] },
      "TARGETD-INVALID-ARGUMENT filters[0].in_target_ids_filter.target_ids[1]",
    ],
    [
      "a long name",
      { filters: [{ targetNameFilter: { targetName: "x".repeat(201) } }] },
      "TARGETD-INVALID-ARGUMENT filters[0].target_name_filter.target_name",
    ],
    [
      "an unknown comparison",
      { filters: [{ targetNameFilter: { targetName: "x", method: 99 } }] },
      "TARGETD-INVALID-ARGUMENT filters[0].target_name_filter.method",
    ],
    ["an unknown column", { sortingColumn: 99 }, "TARGETD-INVALID-ARGUMENT sorting_column"],
    [
      "21 filters",
      { filters: Array(21).fill({ targetNameFilter: { targetName: "x" } }) },
      "TARGETD-INVALID-ARGUMENT filters",
    ],
    [
      "two mistakes",
      { pagination: { limit: 5000 }, filters: [{}] },
      "QUERY-4M0fs pagination.limit filters[0].filter",
    ],
  ])("%s is INVALID_ARGUMENT", async (_, request, expected) => {
    const outcome = await server.call("ListTargets", request, door);
    expect(shortly(outcome)).toBe(`INVALID_ARGUMENT ${expected}`);
  });
});
