/** Clients that send and do not read: what is kept for them is bounded. */
import { once } from "node:events";
import { createConnection } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../../src/server/request.ts";
import { frames, openPort } from "../../../support/port.ts";

/** More than the buffers of a connection take, on both of its sides. */
const requests = 400_000;

test("a client that takes no answers has its requests left unread", async () => {
  let handled = 0;
  const answer = (_request: HttpRequest, response: HttpResponse) => {
    handled += 1;
    response.setHeader("x", "y".repeat(1000));
    response.end();
  };
  const port = await openPort(answer, { answerMs: 400, lingerMs: 20 });
  const socket = createConnection({ host: "127.0.0.1", port: port.port }).pause();
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const before = process.memoryUsage().arrayBuffers;
  socket.write(Buffer.concat([frames.preface, frames.settings]));
  for (let at = 0; at < requests; at += 1000) {
    const gets = Array.from({ length: 1000 }, (_, index) => frames.get(2 * (at + index) + 1));
    socket.write(Buffer.concat(gets));
  }
  const sent = socket.writableLength;
  await expect.poll(() => port.cuts).toEqual(["slow-reader"]);
  await expect.poll(port.connections).toBe(0);
  expect(handled).toBeGreaterThan(0);
  expect(handled).toBeLessThan(requests);
  expect(process.memoryUsage().arrayBuffers - before - sent).toBeLessThan(32 * 1024 * 1024);
});
