import { expect, test } from "vitest";
import { FrameReader } from "../../../../src/server/http2/frame-reader.ts";
import { errorCode, maxFrameBytes } from "../../../../src/server/http2/frames.ts";
import { frame, frames } from "../../../support/port.ts";

/** A reader, and what it has read: type, flags, stream and payload. */
function openReader() {
  const read: unknown[] = [];
  const reader = new FrameReader(({ type, flags, stream, payload }) => {
    read.push([type, flags, stream, payload.toString()]);
  });
  return { reader, read };
}

const sent = Buffer.concat([
  frames.preface,
  frames.settings,
  frame(1, 5, 1, Buffer.from("block")),
  frame(0, 1, 0x8000_0003, Buffer.from("data")),
]);
const asRead = [
  [4, 0, 0, ""],
  [1, 5, 1, "block"],
  [0, 1, 3, "data"],
];

test("reads the same frames wherever what comes is cut", () => {
  for (let first = 0; first <= sent.length; first += 1) {
    for (let second = first; second <= sent.length; second += 7) {
      const { reader, read } = openReader();
      reader.read(sent.subarray(0, first));
      reader.read(sent.subarray(first, second));
      reader.read(sent.subarray(second));
      expect(read).toEqual(asRead);
    }
  }
});

test("reads frames that come byte by byte", () => {
  const { reader, read } = openReader();
  for (const byte of sent) reader.read(Buffer.from([byte]));
  expect(read).toEqual(asRead);
});

test("does not copy a frame that is whole in one piece", () => {
  const payloads: Buffer[] = [];
  const reader = new FrameReader(({ payload }) => void payloads.push(payload));
  reader.read(sent);
  for (const payload of payloads) expect(payload.buffer).toBe(sent.buffer);
});

test.each([
  ["another preface", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r."), errorCode.protocolError],
  [
    "a frame that is too large, as soon as its length is known",
    Buffer.concat([frames.preface, frame(0, 0, 1, Buffer.alloc(maxFrameBytes + 1)).subarray(0, 9)]),
    errorCode.frameSizeError,
  ],
])("refuses %s", (_name, bytes, code) => {
  const { reader, read } = openReader();
  expect(() => reader.read(bytes)).toThrow(expect.objectContaining({ code }));
  expect(read).toEqual([]);
});

test("takes a frame of the largest size", () => {
  const { reader, read } = openReader();
  reader.read(Buffer.concat([frames.preface, frame(0, 0, 1, Buffer.alloc(maxFrameBytes, "a"))]));
  expect(read).toEqual([[0, 0, 1, "a".repeat(maxFrameBytes)]]);
});

test("hands over nothing once it is stopped", () => {
  let count = 0;
  const reader = new FrameReader(() => {
    count += 1;
    reader.stop();
  });
  reader.read(sent);
  reader.read(sent);
  expect(count).toBe(1);
});
