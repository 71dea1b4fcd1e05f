import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { exitCodes } from "../../../src/cli/exit-codes.ts";
import { type RecordingServer, startRecordingServer } from "./recording-server.ts";

let server: RecordingServer;
beforeAll(async () => {
  server = await startRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => server.answer({}));

const result = {
  succeeded: true,
  httpStatus: 200,
  headers: { "x-b": "2", "x-a": "1\u{1b}[2J" },
  body: new TextEncoder().encode('{\n  "ok": true\n}\n'),
  address: "203.0.113.7:443",
  timings: { dns: { seconds: 0n, nanos: 1_500_000 }, total: durationFromMs(1234) },
  webhookId: "msg_1",
};
const failed = { stage: "connect", error: "refused \u{1b}[2J", address: "203.0.113.7:443" };

const testTarget = (...flags: string[]) => server.run("target", "test", "t1", ...flags);

test("a call that succeeded shows what came back", async () => {
  server.answer({ testTarget: () => result });
  const { code, out, err } = await testTarget();
  expect([code, err]).toEqual([0, ""]);
  expect(server.calls[0]?.request).toMatchObject({ targetId: "t1" });
  for (const line of [
    /^result +succeeded$/,
    /^status +200$/,
    /^address +203.0.113.7:443$/,
    /^dns +1.5ms$/,
    /^total +1234.0ms$/,
    /^webhook id +msg_1$/,
    /^x-b: 2$/,
    /^ {2}"ok": true$/,
  ]) {
    expect(out.split("\n")).toContainEqual(expect.stringMatching(line));
  }
  expect(out.indexOf("x-a")).toBeLessThan(out.indexOf("x-b"));
  expect(out).not.toContain("\u{1b}");
  expect(out).not.toMatch(/^(connect|tls|first byte)/m);
});

test("a call that failed says where, and is a failure of the command", async () => {
  server.answer({ testTarget: () => failed });
  const { code, out, err } = await testTarget();
  expect(code).toBe(exitCodes.failure);
  expect(out).toMatch(/^result +failed at connect$/m);
  expect(out).not.toMatch(/^status/m);
  expect(err).toMatch(/^error: .*connect.*refused/);
  expect(err).not.toContain("\u{1b}");
});

test.each([
  [result, 0],
  [failed, exitCodes.failure],
])("--json prints the answer whatever it is", async (answer, exitCode) => {
  server.answer({ testTarget: () => answer });
  const { code, out } = await testTarget("--json");
  expect([code, JSON.parse(out).address]).toEqual([exitCode, "203.0.113.7:443"]);
});

test.each<[string, Partial<typeof result> & { bodyTruncated?: boolean }, RegExp]>([
  ["binary", { body: Uint8Array.of(255, 254, 0, 1) }, /^\(4 bytes that are no text\)\n$/m],
  [
    "cut within a character",
    { body: Uint8Array.of(97, 0xc3), bodyTruncated: true },
    /\na.\n\.\.\.\n$/,
  ],
  ["long", { body: Buffer.from("y".repeat(3000)) }, /\ny{2000}\n\.\.\.\n$/],
])("a body that is %s shows as far as it can", async (_, part, expected) => {
  server.answer({ testTarget: () => ({ ...result, ...part }) });
  const { code, out } = await testTarget();
  expect([code, out]).toEqual([0, expect.stringMatching(expected)]);
});
