import { once } from "node:events";
import { connect } from "node:net";
import type { Dispatcher } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { Connection } from "../../../src/egress/connection.ts";
import { answering, answerOf, openReceiver } from "../../support/receiver.ts";

/** The sizes of the pieces in which a handler gets the body. */
async function piecesOf(body: Uint8Array): Promise<readonly number[]> {
  const receiver = await openReceiver(answering(answerOf(body)));
  const socket = connect(receiver.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const connection = new Connection({
    ...{ socket, peer: "", origin: new URL(receiver.url).origin, proxied: undefined },
    limits: { idleMs: 1000, headerBytes: 16_384 },
    onRelease: () => undefined,
  });
  const pieces: number[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: () => undefined,
    onResponseStart: () => undefined,
    onResponseData: (_controller, chunk) => void pieces.push(chunk.length),
    onResponseEnd: () => resolve(),
    onResponseError: (_controller, error) => reject(error),
  };
  connection.send({ path: "/", headers: [], body: Buffer.from("{}") }, handler);
  await promise;
  return pieces;
}

test("answers are parsed in small pieces, so that what follows a fault costs little", async () => {
  const pieces = await piecesOf(Buffer.alloc(1024 * 1024));
  expect(pieces.reduce((sum, bytes) => sum + bytes, 0)).toBe(1024 * 1024);
  expect(Math.max(...pieces)).toBeLessThanOrEqual(4096);
});
