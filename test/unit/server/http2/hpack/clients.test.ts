/** Header blocks as node:http2 writes and reads them. */
import { once } from "node:events";
import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { HeaderDecoder } from "../../../../../src/server/http2/hpack/decoder.ts";
import { HeaderEncoder } from "../../../../../src/server/http2/hpack/encoder.ts";
import { frame, frames } from "../../../../support/port.ts";

const limits = { tableBytes: 4096, listBytes: 65_536, fields: 1000 };

interface Answered {
  /** Lists of the requests as we decode them. */
  readonly lists: readonly (readonly string[])[];
  /** Headers of the answers as node:http2 decodes them. */
  readonly answers: readonly IncomingHttpHeaders[];
}

/** Sends requests one after the other to a server that answers each with these fields. */
async function exchange(
  requests: readonly OutgoingHttpHeaders[],
  answers: readonly (readonly string[])[],
  headerTableSize = 4096,
): Promise<Answered> {
  const lists: (readonly string[])[] = [];
  const decoder = new HeaderDecoder(limits);
  const encoder = new HeaderEncoder();
  const server = createServer((socket) => {
    socket.write(frames.settings);
    onHeaders(socket, (stream, block) => {
      lists.push(decoder.decode(block).fields);
      encoder.setTableBytes(headerTableSize);
      const answer = encoder.encode(answers[lists.length - 1] ?? [":status", "204"]);
      socket.write(frame(1, 0x5, stream, Buffer.from(answer)));
    });
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const session = connect(`http://127.0.0.1:${port}`, { settings: { headerTableSize } });
  onTestFinished(() => session.destroy());
  const read: IncomingHttpHeaders[] = [];
  for (const headers of requests) {
    const stream = session.request(headers, { endStream: true });
    const [answer] = await once(stream, "response");
    read.push({ ...answer });
    stream.resume();
    await once(stream, "close");
  }
  return { lists, answers: read };
}

/** Calls back with each header block of a client, which must fit into one frame. */
function onHeaders(socket: Socket, onBlock: (stream: number, block: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  let begun = false;
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!begun && rest.length >= frames.preface.length) {
      rest = rest.subarray(frames.preface.length);
      begun = true;
    }
    while (begun && rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3);
      if (rest[3] === 1) onBlock(rest.readUInt32BE(5), rest.subarray(9, end));
      rest = rest.subarray(end);
    }
  });
}

const call = {
  ":method": "POST",
  ":path": "/zitadel.action.v2.ActionService/UpdateTarget",
  ":authority": "example.com",
  ":scheme": "http",
  "content-type": "application/grpc",
  te: "trailers",
  "grpc-timeout": "10S",
  authorization: `Bearer ${"aBc123".repeat(10)}`,
};

const flat = (headers: OutgoingHttpHeaders) =>
  Object.entries(headers).flatMap(([name, value]) => [name, `${value}`]);

test("requests of node:http2 are decoded, and the same list comes for the same request", async () => {
  const other = { ...call, "grpc-timeout": "9S", cookie: "a=b" };
  const sent = [call, call, call, other, call, other, call, call];
  const { lists } = await exchange(sent, []);
  expect(lists).toEqual(sent.map(flat));
  expect(lists[2]).toBe(lists[1]);
});

test("every octet that a value may have comes out of Huffman codes", async () => {
  const octets = [0x09, ...Array.from({ length: 224 }, (_, at) => 0x20 + at)];
  const fields = octets.map((octet) => {
    // Codes of the octets around are so short that the whole is always Huffman-coded.
    const around = "e".repeat(40);
    return [`x-${octet.toString(16)}`, `${around}${String.fromCharCode(octet)}${around}`];
  });
  const sent = { ...call, ...Object.fromEntries(fields) };
  const { lists } = await exchange([sent], []);
  expect(lists[0]).toEqual(flat(sent));
});

test.each([4096, 0, 100, 65_536])(
  "node:http2 decodes answers with a table of %i bytes",
  async (tableBytes) => {
    const answers = [
      [":status", "200", "content-type", "application/grpc+proto", "grpc-status", "0"],
      [":status", "200", "content-type", "application/grpc+proto", "grpc-status", "5"],
      [":status", "431", "cache-control", "no-store", "etag", '"\xe9"'],
      [":status", "200", "content-type", "application/grpc+proto", "grpc-status", "0"],
      [":status", "200", "content-type", "application/grpc+proto", "grpc-status", "5"],
    ];
    const read = await exchange(Array<OutgoingHttpHeaders>(5).fill(call), answers, tableBytes);
    expect(read.answers.map(flat)).toEqual(answers);
  },
);
