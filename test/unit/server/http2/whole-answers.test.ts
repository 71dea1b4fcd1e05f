/** Answers of many streams at once, none of whose bytes may come twice, late or to another. */
import { expect, test } from "vitest";
import type { HttpRequest, HttpResponse } from "../../../../src/server/request.ts";
import { newAuthority } from "../../../support/certificate.ts";
import { fieldsOf, headers, settings, windowUpdate } from "../../../support/http2-frames.ts";
import { frameReader, frameTypes } from "../../../support/http2-peer.ts";
import { frames, openPort, openRaw, type RawConnection } from "../../../support/port.ts";

const authority = newAuthority();
/** Each has more to take than the buffers of the system hold, so that the server must wait. */
const connections = 3;
const streams = Array.from({ length: 20 }, (_, at) => 2 * at + 1);
const endStream = 1;

/** Differs from all others at every place. */
const bodyOf = (connection: number, stream: number) => {
  const numbers = Uint32Array.from(
    { length: 5000 * (connection + stream) },
    (_, at) => at * 65_536 + connection * 256 + stream,
  );
  return Buffer.from(numbers.buffer);
};

const answer = (request: HttpRequest, response: HttpResponse) => {
  const [, connection, stream] = (request.url ?? "").split("/").map(Number);
  response.end(bodyOf(connection ?? 0, stream ?? 0));
};

/** Bodies by stream, when all have come; after each piece the client pauses for some turns. */
async function slowBodies({ socket }: RawConnection, turns: number) {
  const read = frameReader();
  const bodies = new Map<number, Buffer[]>(streams.map((stream) => [stream, []]));
  let left = streams.length;
  for await (const piece of socket) {
    for (const { type, flags, stream, payload } of read(piece)) {
      if (type === frameTypes.data) bodies.get(stream)?.push(payload);
      if (type <= frameTypes.headers && (flags & endStream) !== 0) left -= 1;
    }
    if (left === 0) break;
    for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
  }
  return new Map([...bodies].map(([stream, pieces]) => [stream, Buffer.concat(pieces)]));
}

test.each([
  ["in cleartext", false],
  ["over TLS", true],
])("clients that read slowly get whole answers %s", async (_, tls) => {
  const current = { ...authority.issue("server"), clientCa: undefined };
  const certificates = tls ? { current, onChange: () => undefined } : undefined;
  const port = await openPort(answer, {}, certificates);
  const options = tls ? { ca: authority.cert, ALPNProtocols: ["h2"] } : undefined;
  const wrong = await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const raw = await openRaw(port.port, options);
      raw.socket.removeAllListeners("data");
      const large = [settings({ 4: 2 ** 30 }), windowUpdate(0, 2 ** 30)];
      const gets = streams.map((stream) =>
        headers(stream, fieldsOf.get(`/${connection}/${stream}`)),
      );
      raw.socket.write(Buffer.concat([frames.preface, ...large, ...gets]));
      const bodies = await slowBodies(raw, 5 * connection);
      return streams.filter((stream) => !bodies.get(stream)?.equals(bodyOf(connection, stream)));
    }),
  );
  expect(wrong).toEqual(Array.from({ length: connections }, () => []));
});
