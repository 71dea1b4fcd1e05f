import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { ExecutionFieldName, ExecutionType } from "../../../gen/zitadel/action/v2/query_pb.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const time = "2026-01-02T03:04:05.678Z";
const at = timestampFromDate(new Date(time));

/** Each condition with the message that it is. */
const conditions = [
  ["request", "request", { condition: { case: "all", value: true } }],
  ["request/a.S", "request", { condition: { case: "service", value: "a.S" } }],
  ["request/a.S/M", "request", { condition: { case: "method", value: "/a.S/M" } }],
  ["response", "response", { condition: { case: "all", value: true } }],
  ["response/a.S/M", "response", { condition: { case: "method", value: "/a.S/M" } }],
  ["function/f", "function", { name: "f" }],
  ["event", "event", { condition: { case: "all", value: true } }],
  ["event/a.b.*", "event", { condition: { case: "group", value: "a.b" } }],
  ["event/a.b", "event", { condition: { case: "event", value: "a.b" } }],
] as const;

describe("execution set", () => {
  test.each([
    ...conditions,
    ["response//a.S/M", "response", { condition: { case: "method", value: "/a.S/M" } }] as const,
  ])("%s is sent with the targets in their order", async (id, kind, value) => {
    server.answer({ setExecution: () => ({ setDate: at }) });
    const { code, out, err } = await server.run("execution", "set", id, "t2", "t1", "--etag", "e");
    expect([code, out, err]).toEqual([0, "", expect.stringContaining(time)]);
    expect(server.calls).toMatchObject([
      {
        method: "setExecution",
        request: {
          condition: { conditionType: { case: kind, value } },
          targets: ["t2", "t1"],
          etag: "e",
        },
      },
    ]);
  });

  test.each([
    "",
    "requests",
    "request/",
    "request//",
    "request/a.S/M/N",
    "function",
    "function/",
    "event/.*",
    "/a.S/M",
  ])("%j is no condition", async (id) => {
    const { code, err } = await server.run("execution", "set", id, "t1");
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
    expect(err).toContain("request/<service>");
  });

  test("needs a target", async () => {
    const { code } = await server.run("execution", "set", "request");
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });
});

test("execution unset sends no targets", async () => {
  server.answer({ setExecution: () => ({ setDate: at }) });
  const { code } = await server.run("execution", "unset", "function/f");
  expect(code).toBe(0);
  expect(server.calls[0]?.request).toMatchObject({
    condition: { conditionType: { case: "function" } },
    targets: [],
  });
  expect(server.calls[0]?.request).not.toHaveProperty("etag");
});

describe("execution list", () => {
  test("shows conditions by their ids", async () => {
    const executions = conditions.map(([, kind, value]) => ({
      condition: { conditionType: { case: kind, value } as never },
      targets: ["t1", "t2"],
      changeDate: at,
      etag: "e",
    }));
    server.answer({ listExecutions: () => ({ executions }) });
    const { out } = await server.run("execution", "list");
    const rows = out.trimEnd().split("\n").slice(1);
    expect(rows.map((row) => row.split(/ {2,}/))).toEqual(
      conditions.map(([id]) => [id, "t1,t2", time, "e"]),
    );
    expect(server.calls[0]?.request).toMatchObject({
      pagination: { offset: 0n, limit: 100, asc: true },
      sortingColumn: ExecutionFieldName.ID,
      filters: [],
    });
  });

  test("sends filters, sorting and page", async () => {
    await server.run(
      ...["execution", "list", "--type", "function", "--target", "t1", "--sort", "changed"],
      ...["--condition", "request", "--condition", "event/a.*", "--desc", "--limit", "2"],
    );
    expect(server.calls[0]?.request).toMatchObject({
      pagination: { limit: 2, asc: false },
      sortingColumn: ExecutionFieldName.CHANGED_DATE,
      filters: [
        {
          filter: { case: "executionTypeFilter", value: { executionType: ExecutionType.FUNCTION } },
        },
        { filter: { case: "targetFilter", value: { targetId: "t1" } } },
        {
          filter: {
            case: "inConditionsFilter",
            value: {
              conditions: [
                { conditionType: { case: "request" } },
                { conditionType: { case: "event" } },
              ],
            },
          },
        },
      ],
    });
  });
});

test.each([
  ["methods", "listExecutionMethods"],
  ["services", "listExecutionServices"],
  ["functions", "listExecutionFunctions"],
])("execution %s prints one a line", async (things, method) => {
  server.answer({ [method]: () => ({ [things]: ["a", "b"] }) });
  expect(await server.run("execution", things)).toMatchObject({ code: 0, out: "a\nb\n", err: "" });
  const { out } = await server.run("execution", things, "--json");
  expect(JSON.parse(out)).toEqual({ [things]: ["a", "b"] });
});

test.each([
  [["execution", "list"]],
  [["execution", "set", "request", "t1"]],
  [["target", "update", "t1", "--no-interrupt-on-error"]],
  [["target", "public-key", "list", "t1"]],
])("%j --skip-executions calls past the targets", async (args) => {
  const seen: (string | null)[] = [];
  const see = (_: unknown, context: { requestHeader: Headers }) => {
    seen.push(context.requestHeader.get("targetd-skip-executions"));
    return { target: { targetType: { case: "restCall", value: {} } as const } };
  };
  const answers = { listExecutions: see, setExecution: see, getTarget: see, updateTarget: see };
  server.answer({ ...answers, listPublicKeys: see } as never);
  expect((await server.run(...args, "--skip-executions")).code).toBe(0);
  expect(new Set(seen)).toEqual(new Set(["true"]));
  await server.run(...args);
  expect(seen.at(-1)).toBeNull();
});

test.each([
  ["TARGET_CALL_FAILED", { skip_header: "h" }, "--skip-executions"],
  ["TARGET_FORWARDED_ERROR", { skip_header: "h" }, "--skip-executions"],
  ["TARGET_CALL_FAILED", {}, "targetd target test t9"],
])("%s around a call comes with the way out %j", async (reason, extra, hint) => {
  server.answer({
    listExecutions() {
      const metadata = { target_id: "t9", condition: "request", stage: "connect", ...extra };
      const info = { desc: ErrorInfoSchema, value: { reason, domain: "targetd", metadata } };
      throw new ConnectError("no", Code.FailedPrecondition, undefined, [info]);
    },
  });
  const { code, err } = await server.run("execution", "list");
  expect(code).toBe(exitCodes.rejected);
  expect(err).toMatch(/^hint: /m);
  expect(err).toContain(hint);
  expect(err.includes("from target t9 of request")).toBe(reason === "TARGET_FORWARDED_ERROR");
});
