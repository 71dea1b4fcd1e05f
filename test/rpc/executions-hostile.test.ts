/** Receivers that do whatever they can, called through Execute: each ends in time, with its stage. */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { fromJson } from "@bufbuild/protobuf";
import { beforeEach, expect, test } from "vitest";
import { ExecuteRequestSchema } from "../../gen/targetd/v1/execution_service_pb.ts";
import {
  answering,
  answerOf,
  type Behaviour,
  onRequests,
  openReceiver,
  writeEndlessly,
} from "../support/receiver.ts";
import { comes } from "./support/iam.ts";
import { useServer } from "./support/server.ts";
import { allRequests, newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const request = fromJson(ExecuteRequestSchema, { request: { fullMethod: "/shop.v1.Shop/Buy" } });
const ok = "HTTP/1.1 200 OK\r\n";
const timeout = 1;
const reset = (socket: Socket) => void socket.resetAndDestroy();

let tenant: Tenant;
beforeEach(async () => {
  tenant = await newTenant(server);
});

/** Sends a byte every 100 ms, after what comes at once. */
const dripping = (head: string, bytes: string): Behaviour =>
  onRequests((socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(bytes), 100);
    socket.once("close", () => clearInterval(timer));
  });

const endless = (head: string, bytes: string | Uint8Array): Behaviour =>
  onRequests((socket) => {
    socket.write(head);
    writeEndlessly(socket, bytes);
  });

const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));

const receivers: readonly (readonly [string, string, Behaviour])[] = [
  ["drips its headers", "headers, timed out", dripping(`${ok}X-A: `, "a")],
  ["drips its body", "body, timed out", dripping(`${ok}Content-Length: 100000\r\n\r\n`, "a")],
  ["never answers", "headers, timed out", onRequests(() => undefined)],
  ["sends a body without end", "body", endless(`${ok}\r\n`, Buffer.alloc(65_536))],
  [
    "sends a gzip bomb",
    "body",
    answering(answerOf(bomb, { headers: "Content-Encoding: gzip\r\n" })),
  ],
  ["closes its half", "headers", onRequests((socket) => socket.end())],
  ["speaks no HTTP", "headers", answering("SSH-2.0-OpenSSH_9.9\r\n")],
  ["sends 100 MB of headers", "headers", answering(ok, Buffer.alloc(100_000_000, "X-A: b\r\n"))],
  ["resets in its headers", "headers", onRequests(reset)],
  [
    "resets in its body",
    "body",
    onRequests((socket) => {
      socket.write(`${ok}Content-Length: 10\r\n\r\n12345`, () => setImmediate(reset, socket));
    }),
  ],
  [
    "switches protocols",
    "headers",
    answering("HTTP/1.1 101 Switch\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
  ],
  ["redirects", "status", answering(answerOf("", { status: 307, headers: "Location: /b\r\n" }))],
  ["answers with JSON that is cut", "answer", answering(answerOf('{"a":'))],
  ["nests JSON 1,000 deep", "answer", answering(answerOf("[".repeat(1000) + "]".repeat(1000)))],
];

test.each(receivers)("a receiver that %s: %s", async (_name, outcome, behaviour) => {
  const receiver = await openReceiver(behaviour);
  const target = await tenant.target(receiver.url, {
    restCall: { interruptOnError: false },
    timeout: `${timeout}s`,
  });
  await tenant.bind(allRequests, target);
  const { results } = await tenant.executions.execute(request);
  const [result] = results;
  const { stage = "", timedOut = false, duration } = result ?? {};
  expect(timedOut ? `${stage}, timed out` : stage).toBe(outcome);
  const took = Number(duration?.seconds) + Number(duration?.nanos) / 1e9;
  expect(took).toBeLessThan(timeout + 1);
  if (!["status", "answer"].includes(stage) && outcome !== "body") {
    await expect.poll(receiver.open).toBe(0);
  }
});

test("what they send is in no error and no log line", async () => {
  const secret = "receivers-own-words";
  for (const behaviour of [
    answering(`${secret}\r\n\r\n`),
    answering(`${ok}X ${secret}: b\r\n\r\n`),
    answering(answerOf(`{"${secret}`, {})),
    answering(answerOf(secret, { status: 500 })),
    answering(answerOf("{}", { headers: `Content-Encoding: ${secret}\r\n` })),
  ]) {
    const receiver = await openReceiver(behaviour);
    const target = await tenant.target(receiver.url, { restCall: { interruptOnError: true } });
    await tenant.bind(allRequests, target);
    const call = tenant.executions.execute(request);
    const text = await call.then(
      () => "OK",
      (thrown: Error) => thrown.message,
    );
    expect(await comes(call)).toBe("FAILED_PRECONDITION EXEC-dra6yamk98");
    expect(text).not.toContain(secret);
  }
  expect(server.app.logged.join("")).not.toContain(secret);
});
