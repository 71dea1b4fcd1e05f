/** What receivers may take, at the limit and one beyond, and answers that grow to large ones. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { failureOf, openCalls } from "../support/calls.ts";
import { onRequests, openReceiver, writeEndlessly } from "../support/receiver.ts";
import { callBounds, encodedAnswer } from "./support/call-bounds.ts";

describe.each(callBounds)("$bound", ({ limit, outcomes, reach }) => {
  test.each([0, 1] as const)(`${limit}, and %i more`, async (over) => {
    expect(await reach(over)).toBe(outcomes[over]);
  });
});

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** Bytes that are held, in the heap and outside of it. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes that one bomb would take if it were read to its end. */
const inflated = 64 * 1024 * 1024;
const ok = "HTTP/1.1 200 OK\r\n";
const endlessly = (head: string, part: string) =>
  onRequests((socket) => {
    socket.write(head);
    writeEndlessly(socket, part);
  });

test.each([
  ["gzip bombs", encodedAnswer("gzip", inflated)],
  ["deflate bombs", encodedAnswer("deflate", inflated)],
  ["brotli bombs", encodedAnswer("br", inflated)],
  ["endless bodies", endlessly(`${ok}\r\n`, "a".repeat(65_536))],
  [
    "bodies of tiny chunks",
    endlessly(`${ok}Transfer-Encoding: chunked\r\n\r\n`, "1\r\na\r\n".repeat(10_000)),
  ],
  ["endless headers", endlessly(ok, "X-A: 0123456789\r\n".repeat(4_000))],
])("memory does not grow with %s", async (_name, behaviour) => {
  const receiver = await openReceiver(behaviour);
  const calls = openCalls();
  const bombs = async (count: number) => {
    for (let call = 0; call < count; call++) {
      expect(["body", "headers"]).toContain(failureOf(await calls.post(receiver.url)));
    }
  };
  // The first ones load code and make pools.
  await bombs(4);
  const before = heldBytes();
  await bombs(10);
  // What was given up is free soon, not at once.
  await expect.poll(heldBytes).toBeLessThan(before + 4 * 1024 * 1024);
});
