/** However a call ends, its body does not count any more. */
import { once } from "node:events";
import { connect, type OutgoingHttpHeaders } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import {
  ServerReflection,
  ServerReflectionRequestSchema,
} from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { BodyBudget, defaultBodyLimits } from "../../src/server/body-budget.ts";
import { startTestApp, type TestApp } from "../support/app.ts";
import { holdBody, type Server } from "./support/body-bounds.ts";

const kibibyte = 1024;
const { free } = defaultBodyLimits;
/** Bytes of each body. */
const size = 8 * kibibyte;
const callerLimit = 1024 * kibibyte;

const bodies = new BodyBudget({ caller: callerLimit });
let app: TestApp;
let server: Server;
beforeAll(async () => {
  app = await startTestApp({ bodies });
  server = { url: app.url, token: app.tokens.owner };
});
afterAll(() => app.stop());
beforeEach(() => expect([bodies.held, bodies.callers]).toEqual([0, 0]));

/** Many calls on a busy machine take their time. */
const patience = { timeout: 20_000 };

const expectHeld = (counted: number, callers: number) =>
  expect.poll(() => [bodies.held, bodies.callers], patience).toEqual([counted, callers]);

/** Bodies that are aborted, all in all, and at the same time. */
const aborted = 1000;
const together = 125;

/** Sends parts of bodies on one HTTP/2 connection and resets their streams when all are counted. */
async function resetStreams(path: string, type: string, first: Buffer): Promise<void> {
  const session = connect(server.url);
  onTestFinished(() => session.destroy());
  const headers: OutgoingHttpHeaders = {
    ":method": "POST",
    ":path": path,
    "content-type": type,
    authorization: `Bearer ${server.token}`,
    te: "trailers",
  };
  const streams = Array.from({ length: together }, () => {
    const stream = session.request(headers).on("error", () => undefined);
    stream.write(first);
    return stream;
  });
  await expectHeld(together * (size - free), 1);
  const closed = streams.map((stream) => once(stream, "close"));
  for (const stream of streams) stream.close(8);
  await Promise.all(closed);
  session.destroy();
}

/** The beginning of a message that never becomes complete. */
const unfinished = Buffer.alloc(size, " ");
unfinished.set([0, 0, 0, 0xff, 0xff]);

const list = "/zitadel.action.v2.ActionService/ListTargets";
const reflect = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const plain = Buffer.alloc(size, " ");

const aborts: readonly (readonly [string, () => Promise<void>])[] = [
  [
    "REST over HTTP/1.1",
    async () => {
      const calls = await Promise.all(
        Array.from({ length: together }, () => holdBody(server, size)),
      );
      await expectHeld(together * (size - free), 1);
      for (const call of calls) call.destroy();
    },
  ],
  ["REST", () => resetStreams("/v2/actions/targets/search", "application/json", plain)],
  ["Connect", () => resetStreams(list, "application/json", plain)],
  ["gRPC", () => resetStreams(list, "application/grpc+json", unfinished)],
  ["gRPC-Web", () => resetStreams(list, "application/grpc-web+json", unfinished)],
  ["a stream of gRPC", () => resetStreams(reflect, "application/grpc", unfinished)],
  ["a stream of gRPC-Web", () => resetStreams(reflect, "application/grpc-web", unfinished)],
  ["a stream of Connect", () => resetStreams(reflect, "application/connect+proto", unfinished)],
];

test("nothing is left of 1,000 aborted bodies at all doors", async () => {
  expect(aborts.length * together).toBe(aborted);
  for (const [, abort] of aborts) {
    await abort();
    await expectHeld(0, 0);
  }
}, 90_000);

test("a stream counts a message until it asks for the next one", async () => {
  const host = "a".repeat(size);
  const request = create(ServerReflectionRequestSchema, {
    host,
    messageRequest: { case: "listServices", value: "" },
  });
  const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: server.url }));
  const questions = (async function* () {
    for (let sent = 0; sent < (2 * callerLimit) / size; sent++) yield request;
  })();
  let answers = 0;
  for await (const { validHost } of client.serverReflectionInfo(questions)) {
    expect(validHost).toBe(host);
    answers += 1;
  }
  expect(answers).toBe((2 * callerLimit) / size);
  await expectHeld(0, 0);
});

test("a watch counts its message until it ends", async () => {
  const client = createClient(Health, createGrpcTransport({ baseUrl: server.url }));
  const leave = new AbortController();
  const service = "a".repeat(size);
  const watch = client.watch({ service }, { signal: leave.signal })[Symbol.asyncIterator]();
  await watch.next();
  const envelope = 5 + 3;
  await expectHeld(envelope + size - free, 1);
  leave.abort();
  await expectHeld(0, 0);
});

test.each([
  ["is malformed", "{".repeat(size)],
  ["is invalid", JSON.stringify({ filters: [{}], unknown: "x".repeat(size) })],
])("nothing is left of a body that %s", async (_name, body) => {
  for (const path of ["/v2/actions/targets/search", list]) {
    const headers = {
      authorization: `Bearer ${server.token}`,
      "content-type": "application/json",
    };
    const answer = await fetch(server.url + path, { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    await expectHeld(0, 0);
  }
});
