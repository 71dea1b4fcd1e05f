/** The HTTP/2 half of the port: frames that make no sense, and good calls whose frames are cut oddly. */
import fc from "fast-check";
import {
  data,
  flags,
  headers,
  lastData,
  literals,
  ping,
  reset,
  settings,
  uint32,
  windowUpdate,
} from "../../support/http2-frames.ts";
import { type Http2Peer, openPeer } from "../../support/http2-peer.ts";
import { frame, frames } from "../../support/port.ts";
import { framesProblem, isOver, statusOf } from "./frame-answers.ts";
import { mutated } from "./mutate.ts";
import { type Call, callOf, inOrder, type OddCalls, oddCalls } from "./odd-calls.ts";
import type { FuzzServer } from "./server.ts";
import { doorTarget, type FuzzTarget } from "./target.ts";

export function frameTargets(server: FuzzServer): readonly FuzzTarget[] {
  const port = Number(new URL(server.url).port);
  const call = callOf(server);
  const together = 16;
  return [
    doorTarget("HTTP/2, any frames", { share: 120, together }, anyFrames(call), (sent) =>
      sendAny(port, sent),
    ),
    doorTarget("HTTP/2, odd frames", { share: 60, together }, oddCalls(call), (calls) =>
      sendOdd(port, calls),
    ),
  ];
}

/** Frames alone, some among those of good calls, and such with bytes mutated. */
function anyFrames(call: Call): fc.Arbitrary<Buffer> {
  const any = anyFrame(call);
  const alone = fc
    .array(any, { minLength: 1, maxLength: 6 })
    .map((sent) => Buffer.concat([frames.preface, settings(), ...sent]));
  const places = fc.array(fc.tuple(fc.nat(40), any), { maxLength: 3 });
  const among = fc.tuple(oddCalls(call), places).map(([calls, more]) => {
    const sent = [...inOrder(calls)];
    for (const [at, odd] of more) sent.splice(at % (sent.length + 1), 0, odd);
    return Buffer.concat([frames.preface, settings({ 4: calls.firstWindow }), ...sent]);
  });
  const samples = fc.sample(among, { numRuns: 40, seed: 1 });
  return fc.oneof(
    { weight: 1, arbitrary: alone },
    { weight: 3, arbitrary: among },
    { weight: 2, arbitrary: mutated(samples) },
  );
}

/** A frame of any type, mostly sound by itself. */
function anyFrame({ fields, body }: Call): fc.Arbitrary<Buffer> {
  const stream = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(1, 3, 5, 7) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2, 9, 2 ** 31 - 1) },
  );
  const bits = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(0, 1, 4, 5) },
    { weight: 1, arbitrary: fc.nat(255) },
  );
  const value = fc.constantFrom(0, 1, 100, 16_384, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1);
  const block = literals(fields);
  const payload = fc.oneof(
    fc.constantFrom(body, body.subarray(0, 3), block, block.subarray(0, 40), Buffer.alloc(0)),
    fc.constantFrom(Buffer.alloc(8), Buffer.alloc(5), literals(["x", "1"]), uint32(1)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );
  return fc.oneof(
    { weight: 3, arbitrary: stream.map((id) => headers(id, fields, flags.endHeaders)) },
    { weight: 2, arbitrary: stream.map((id) => headers(id, fields)) },
    { weight: 3, arbitrary: stream.map((id) => lastData(id, body)) },
    { weight: 2, arbitrary: fc.tuple(stream, bits).map(([id, flag]) => data(id, body, flag)) },
    { weight: 2, arbitrary: stream.map((id) => reset(id)) },
    { weight: 2, arbitrary: fc.tuple(stream, value).map(([id, by]) => windowUpdate(id, by)) },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.nat(7), value).map(([name, to]) => settings({ [name]: to })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.nat(11), bits, stream, payload)
        .map(([type, flag, id, bytes]) => frame(type, flag, id, bytes)),
    },
  );
}

/** Sends bytes and a FIN; the server must close the connection, whatever they were. */
async function sendAny(port: number, sent: Buffer): Promise<string | undefined> {
  const peer = await openPeer(port);
  try {
    peer.send(sent);
    peer.end();
    await peer.until(() => false);
    return framesProblem(peer);
  } finally {
    peer.destroy();
  }
}

/** Sends the calls and opens windows until each is answered, as it must be. */
async function sendOdd(port: number, input: OddCalls): Promise<string | undefined> {
  const { calls, firstWindow, chunk } = input;
  const peer = await openPeer(port);
  try {
    const bytes = [frames.preface, settings({ 4: firstWindow }), ...inOrder(input), ping()];
    const all = Buffer.concat(bytes);
    for (let at = 0; at < all.length; at += chunk) peer.send(all.subarray(at, at + chunk));
    const waiting = calls.flatMap(({ isReset, step }, at) => {
      return isReset ? [] : [{ stream: 2 * at + 1, step }];
    });
    for (const { stream, step } of waiting) await readAnswer(peer, stream, step);
    const problems = waiting.map(({ stream }) => statusOf(peer, stream)).filter((s) => s !== "0");
    return framesProblem(peer) ?? problems[0];
  } finally {
    peer.destroy();
  }
}

async function readAnswer(peer: Http2Peer, stream: number, step: number): Promise<void> {
  while (!isOver(peer, stream) && !peer.ended()) {
    const before = peer.frames.length;
    peer.send(windowUpdate(stream, step), windowUpdate(0, step));
    await peer.until(() => peer.frames.length > before || isOver(peer, stream));
  }
}
