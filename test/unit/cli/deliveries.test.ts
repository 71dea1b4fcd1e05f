import { durationFromMs, timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  DeliveryState,
  type ListDeliveriesRequest,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import type { PublishEventsRequest } from "../../../gen/targetd/v1/event_service_pb.ts";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer, temporaryFile } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const run = (...args: string[]) => server.run("deliveries", ...args);

const time = "2026-01-02T03:04:05.678Z";
const at = timestampFromDate(new Date(time));
const delivery = {
  id: "msg_1",
  targetId: "t1",
  condition: "event/shop.*",
  eventId: "e1",
  eventType: "shop.paid",
  aggregateId: "17",
  state: DeliveryState.FAILED,
  attempts: 8,
  creationDate: at,
  finishDate: at,
};

describe("list", () => {
  test("sends the filters and shows a table", async () => {
    server.answer({ listDeliveries: () => ({ deliveries: [delivery] }) });
    const { code, out, err } = await run(
      ...["list", "--target", "t1", "--state", "failed", "--event-type", "shop.paid"],
      ...["--since", time, "--until", time],
    );
    const [, row = ""] = out.split("\n");
    expect([code, err, row.split(/ {2,}/)]).toEqual([
      0,
      "",
      ["msg_1", "failed", "8", time, "t1", "event/shop.*"],
    ]);
    expect(server.calls[0]?.request).toMatchObject({
      ...{ targetId: "t1", state: DeliveryState.FAILED, eventType: "shop.paid" },
      ...{ since: at, until: at, pageSize: 100, pageToken: "" },
    });
  });

  test("follows pages, empty ones too, until there are enough", async () => {
    const pages = [2, 0, 3].map((count) => Array.from({ length: count }, () => delivery));
    server.answer({
      listDeliveries: ({ pageToken }) => ({
        deliveries: pages[Number(pageToken)] ?? [],
        nextPageToken: String(Number(pageToken) + 1),
      }),
    });
    const { out, err } = await run("list", "--limit", "5", "--json");
    expect([JSON.parse(out).deliveries.length, err]).toEqual([5, ""]);
    const requests = server.calls.map(({ request }) => request as ListDeliveriesRequest);
    expect(requests.map(({ pageSize }) => pageSize)).toEqual([5, 3, 3]);
  });

  test("prints nothing to a script when there is nothing", async () => {
    const { code, out, err } = await run("list");
    expect([code, out]).toEqual([0, ""]);
    expect(err).not.toBe("");
  });

  test("refuses another state", async () => {
    expect([(await run("list", "--state", "lost")).code, server.calls]).toEqual([
      exitCodes.usage,
      [],
    ]);
  });
});

describe("show", () => {
  const answer = {
    delivery: { ...delivery, state: 99 as DeliveryState },
    context: '{"event_type":"shop.paid"}',
    log: [
      {
        ...{ number: 1, startDate: at, stage: "status", httpStatus: 503, error: "busy\u001b[2J" },
        ...{ address: "203.0.113.7:443", timings: { total: durationFromMs(2000) } },
        responseBody: Buffer.from(`no stock \u001b[2J${"é".repeat(300)}\nat a line of code`),
      },
      { number: 2, startDate: at, stage: "connect", timedOut: true, error: "no answer" },
      { number: 3, startDate: at, httpStatus: 204, timings: { total: durationFromMs(20) } },
    ],
  };

  test("shows the delivery and each attempt, and nothing that steers a terminal", async () => {
    server.answer({ getDelivery: () => answer });
    const { code, out } = await run("show", "msg_1");
    expect(code).toBe(0);
    expect(out).not.toContain("\u001b");
    const lines = out.split("\n");
    expect(lines.find((line) => line.startsWith("state"))).toMatch(/unknown$/);
    expect(lines.find((line) => line.startsWith("context"))).toContain(answer.context);
    expect(lines.filter((line) => line.startsWith("attempt "))).toEqual([
      `attempt 1 at ${time}: failed (status)`,
      `attempt 2 at ${time}: failed (connect, timed out)`,
      `attempt 3 at ${time}: succeeded`,
    ]);
    expect(lines).toContain("  status 503, from 203.0.113.7:443, in 2000.0ms");
    const said = lines.filter((line) => line.startsWith("  answer: "));
    expect(said).toEqual([expect.stringMatching(/^ {2}answer: no stock .*é\.\.\.$/)]);
    expect(server.calls[0]?.request).toMatchObject({ id: "msg_1" });
  });

  test("--json prints the answer", async () => {
    server.answer({ getDelivery: () => answer });
    const { log } = JSON.parse((await run("show", "msg_1", "--json")).out);
    expect(log[0]).toMatchObject({ stage: "status", httpStatus: 503 });
  });
});

test.each([
  ["retry", "retryDelivery"],
  ["cancel", "cancelDelivery"],
] as const)("%s sends the id and says what came of it", async (command, method) => {
  server.answer({ [method]: () => ({ delivery }) });
  const { code, out, err } = await run(command, "msg_1");
  expect([code, out]).toEqual([0, ""]);
  expect(err).toContain("failed");
  expect(server.calls).toMatchObject([{ method, request: { id: "msg_1" } }]);
  const { out: json } = await run(command, "msg_1", "--json");
  expect(JSON.parse(json)).toMatchObject({ delivery: { id: "msg_1" } });
});

describe("replay", () => {
  test("sends an id", async () => {
    server.answer({ replayDeliveries: () => ({ replayed: 1 }) });
    expect((await run("replay", "msg_1")).code).toBe(0);
    expect(server.calls[0]?.request).toMatchObject({ which: { case: "id", value: "msg_1" } });
  });

  test("sends a filter, and says when there may be more", async () => {
    server.answer({ replayDeliveries: () => ({ replayed: 10_000, more: true }) });
    const flags = ["--target", "t1", "--since", time, "--until", time, "--all"];
    const { err } = await run("replay", ...flags);
    expect(err.split("\n")).toHaveLength(3);
    expect(server.calls[0]?.request).toMatchObject({
      which: { case: "filter", value: { targetId: "t1", since: at, until: at, all: true } },
    });
  });

  test("goes on until there is no more, and tells of what was replayed before an error", async () => {
    const steps = [
      { replayed: 10_000, more: true, nextPageToken: "a" },
      { replayed: 10_000, more: true, nextPageToken: "b" },
      { replayed: 7 },
    ];
    const left = [...steps];
    server.answer({ replayDeliveries: () => left.shift() ?? {} });
    const { code, out } = await run("replay", "--since", time, "--json");
    expect([code, JSON.parse(out)]).toEqual([0, { replayed: 20_007 }]);
    const tokens = server.calls.map(({ request }) => Object(request).which.value.pageToken);
    expect(tokens).toEqual(["", "a", "b"]);
    const failing = steps.slice(0, 1);
    server.answer({
      replayDeliveries() {
        const step = failing.shift();
        if (step === undefined) throw new ConnectError("full", Code.ResourceExhausted);
        return step;
      },
    });
    const failed = await run("replay", "--since", time);
    expect([failed.code, failed.err]).toEqual([
      exitCodes.unavailable,
      expect.stringMatching(/again: 10000\n/),
    ]);
  });

  test.each([
    ["nothing", []],
    ["a target without a time", ["--target", "t1"]],
    ["an id with a filter", ["msg_1", "--all"]],
  ])("refuses %s", async (_, flags) => {
    const { code } = await run("replay", ...flags);
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });
});

describe("watch", () => {
  const messages = [{ cursor: "c1" }, { delivery, cursor: "c2" }, { cursor: "c3" }];

  test("prints deliveries, and at the end where to go on", async () => {
    server.answer({
      async *watchDeliveries() {
        yield* messages;
        throw new ConnectError("the server is shutting down", Code.Unavailable);
      },
    });
    const { code, out, err } = await run("watch", "--target", "t1", "--cursor", "c0");
    expect(code).toBe(exitCodes.unavailable);
    expect(out).toBe(`msg_1  failed  attempts 8  at ${time}  target t1  event/shop.*\n`);
    expect(err).toContain("--cursor c3\n");
    expect(server.calls[0]?.request).toMatchObject({ targetId: "t1", cursor: "c0" });
  });

  test("--json prints one answer a line", async () => {
    server.answer({
      async *watchDeliveries() {
        yield* messages;
      },
    });
    const { code, out } = await run("watch", "--json");
    const lines = out.trimEnd().split("\n");
    expect([code, lines.map((line) => JSON.parse(line).cursor)]).toEqual([0, ["c1", "c2", "c3"]]);
  });

  test("says nothing of a cursor that it never had", async () => {
    server.answer({
      async *watchDeliveries() {
        yield* [];
        throw new ConnectError("denied", Code.PermissionDenied);
      },
    });
    const { code, err } = await run("watch");
    expect(code).toBe(exitCodes.denied);
    expect(err).not.toContain("--cursor");
  });
});

describe("event publish", () => {
  const publish = (...args: string[]) => server.run("event", "publish", ...args);
  const sent = () => (server.calls[0]?.request as PublishEventsRequest | undefined)?.events[0];

  test("sends every field and prints the id", async () => {
    server.answer({ publishEvents: () => ({ deliveries: [2] }) });
    const { code, out, err } = await publish(
      ...["shop.paid", "17", "--id", "e1", "--payload", '{"sum": 12.5}', "--user", "u1"],
      ...["--aggregate-type", "order", "--aggregate-version", "v2", "--resource-owner", "org"],
      ...["--sequence", "7", "--created", time],
    );
    expect([code, out]).toEqual([0, "e1\n"]);
    expect(err).toContain("2");
    expect(sent()).toMatchObject({
      ...{ id: "e1", type: "shop.paid", aggregateId: "17", aggregateType: "order" },
      ...{ resourceOwner: "org", version: "v2", sequence: 7n, createdAt: at, userId: "u1" },
      payload: { sum: 12.5 },
    });
  });

  test("makes an id of its own each time", async () => {
    const { out } = await publish("shop.paid", "17");
    expect(out).toMatch(/^[\w-]{36}\n$/);
    expect(out).toBe(`${sent()?.id}\n`);
    expect((await publish("shop.paid", "17")).out).not.toBe(out);
  });

  test("reads the payload from a file", async () => {
    const file = temporaryFile("payload.json", '{"sum": 1}');
    await publish("shop.paid", "17", "--payload-file", file.path);
    file.remove();
    expect(sent()?.payload).toEqual({ sum: 1 });
  });

  test.each([
    ["a payload that is no object", ["--payload", "[1]"]],
    ["a payload that is no JSON", ["--payload", "{"]],
    ["a file that is not there", ["--payload-file", "/nonexistent/payload.json"]],
    ["two payloads", ["--payload", "{}", "--payload-file", "x"]],
    ["a sequence below 0", ["--sequence", "-1"]],
  ])("refuses %s", async (_, flags) => {
    const { code } = await publish("shop.paid", "17", ...flags);
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });

  test("refuses a file that holds something else", async () => {
    const file = temporaryFile("payload.json", "1");
    const { code } = await publish("shop.paid", "17", "--payload-file", file.path);
    file.remove();
    expect([code, server.calls]).toEqual([exitCodes.usage, []]);
  });
});
