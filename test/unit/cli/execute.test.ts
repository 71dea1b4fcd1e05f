import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { durationFromMs, ValueSchema } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { TargetResult_Outcome as Outcome } from "../../../gen/targetd/v1/execution_service_pb.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const value = (json: JsonValue) => fromJson(ValueSchema, json);
const caller = { userId: "", orgId: "", projectId: "" };

test.each([
  [
    ["--request", "/a.S/M", "--message", '{"a": 1}', "--user", "u", "--org", "o", "--project", "p"],
    {
      case: "request",
      value: {
        fullMethod: "/a.S/M",
        request: value({ a: 1 }),
        caller: { userId: "u", orgId: "o", projectId: "p" },
      },
    },
  ],
  [["--request", "/a.S/M"], { case: "request", value: { fullMethod: "/a.S/M", caller } }],
  [
    ["--response", "/a.S/M", "--message", "[1]", "--request-message", "null"],
    {
      case: "response",
      value: { fullMethod: "/a.S/M", request: value(null), response: value([1]), caller },
    },
  ],
  [
    ["--function", "f", "--payload", '{"a": {"b": [true]}}'],
    { case: "function", value: { name: "f", payload: { a: { b: [true] } } } },
  ],
  [["--function", "f"], { case: "function", value: { name: "f" } }],
])("%j is sent as what happens", async (flags, occurrence) => {
  expect((await server.run("execute", ...flags)).code).toBe(0);
  expect(server.calls).toMatchObject([{ method: "execute", request: { occurrence } }]);
});

test.each([
  [[]],
  [["--message", "{}"]],
  [["--request", "/a.S/M", "--response", "/a.S/M"]],
  [["--request", "/a.S/M", "--function", "f"]],
  [["--request", "/a.S/M", "--payload", "{}"]],
  [["--request", "/a.S/M", "--request-message", "{}"]],
  [["--function", "f", "--message", "{}"]],
  [["--function", "f", "--request-message", "{}"]],
  [["--function", "f", "--payload", "[]"]],
  [["--request", "/a.S/M", "--message", "{"]],
  [["--request", "/a.S/M", "--timeout", "1"]],
])("%j is wrong usage", async (flags) => {
  const { code, out } = await server.run("execute", ...flags);
  expect([code, out, server.calls]).toEqual([exitCodes.usage, "", []]);
});

const answer = {
  message: value({ a: 2 }),
  replaced: true,
  condition: "request/a.S",
  results: [
    { targetId: "t1", outcome: Outcome.SUCCEEDED, httpStatus: 200, duration: durationFromMs(2) },
    {
      targetId: "t2",
      outcome: Outcome.FAILED,
      stage: "body",
      timedOut: true,
      duration: durationFromMs(1000),
      error: "too slow\u{1b}",
    },
  ],
};

test("prints the message alone on standard output, and each target's outcome beside it", async () => {
  server.answer({ execute: () => answer });
  const { code, out, err } = await server.run("execute", "--request", "/a.S/M");
  expect([code, JSON.parse(out)]).toEqual([0, { a: 2 }]);
  const [head, ...rows] = err.trimEnd().split("\n");
  expect(head).toMatch(/^request\/a\.S: .*replaced/);
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    ["t1", "succeeded", "200", "2.0ms"],
    ["t2", "failed at body", "1000.0ms", "timed out: too slow\u{fffd}"],
  ]);
});

test("says when nothing ran", async () => {
  server.answer({ execute: () => ({ message: value({}) }) });
  const { code, out, err } = await server.run("execute", "--request", "/a.S/M");
  expect([code, out, err]).toEqual([0, "{}\n", "no execution matches\n"]);
});

test("prints the whole answer with --json", async () => {
  server.answer({ execute: () => answer });
  const { out } = await server.run("execute", "--request", "/a.S/M", "--json");
  expect(JSON.parse(out)).toMatchObject({ message: { a: 2 }, condition: "request/a.S" });
});

test("gives up when the time is over", async () => {
  server.answer({ execute: () => new Promise(() => undefined) as never });
  const { code } = await server.run("execute", "--request", "/a.S/M", "--timeout", "50ms");
  expect(code).toBe(exitCodes.unavailable);
});
