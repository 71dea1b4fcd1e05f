import { describe, expect, test } from "vitest";
import { RequestBody } from "../../../../src/server/http2/request-body.ts";

function openBody({ declared, ended = false }: { declared?: number; ended?: boolean } = {}) {
  const given: number[] = [];
  const body = new RequestBody({ giveBack: (bytes) => given.push(bytes) }, declared, ended);
  return { body, given };
}

/** Collects what is read, with "end" for the end. */
function sink() {
  const read: string[] = [];
  return {
    read,
    data: (bytes: Buffer) => void read.push(bytes.toString()),
    end: () => void read.push("end"),
  };
}

const bytes = (text: string) => Buffer.from(text);

describe("a body that nobody reads yet", () => {
  test("is kept, and the client not told that it may send more", () => {
    const { body, given } = openBody();
    body.receive(bytes("a"), false);
    body.receive(bytes("b"), false);
    expect(given).toEqual([]);
    const reader = sink();
    body.read(reader);
    expect(reader.read).toEqual(["ab"]);
    expect(given).toEqual([2]);
  });

  test("does not keep the larger piece that it came in", () => {
    const { body } = openBody();
    const piece = Buffer.alloc(64 * 1024, "a");
    body.receive(piece.subarray(0, 1), false);
    const kept: ArrayBufferLike[] = [];
    body.read({ data: ({ buffer }) => void kept.push(buffer), end() {} });
    expect(kept).toHaveLength(1);
    expect(kept).not.toContain(piece.buffer);
  });

  test("is had at once when it is whole, and only then", () => {
    const { body } = openBody();
    body.receive(bytes("a"), false);
    expect(body.takeWhole()).toBeUndefined();
    body.receive(bytes("b"), true);
    expect(String(body.takeWhole())).toBe("ab");
    expect(body.takeWhole()).toBeUndefined();
  });

  test("is not had at once when a part was read", () => {
    const { body } = openBody();
    body.receive(bytes("a"), false);
    body.read(sink());
    body.pause();
    body.receive(bytes("b"), true);
    expect(body.takeWhole()).toBeUndefined();
  });

  test("is empty when there is none", () => {
    const { body } = openBody({ ended: true });
    expect(body.takeWhole()).toHaveLength(0);
  });
});

describe("a reader", () => {
  test("gets what comes, and the end once", () => {
    const { body, given } = openBody();
    const reader = sink();
    body.read(reader);
    body.receive(bytes("a"), false);
    body.receive(bytes("b"), true);
    body.read(reader);
    expect(reader.read).toEqual(["a", "b", "end"]);
    // After the end the client sends no more.
    expect(given).toEqual([1]);
  });

  test("that pauses gets the rest and the end when it goes on", () => {
    const { body, given } = openBody();
    const reader = sink();
    body.read(reader);
    body.pause();
    body.receive(bytes("a"), false);
    body.end();
    expect(reader.read).toEqual([]);
    expect(given).toEqual([]);
    body.read(reader);
    expect(reader.read).toEqual(["a", "end"]);
  });

  test("that pauses amid what was kept is not told of the end before it goes on", () => {
    const { body } = openBody();
    body.receive(bytes("a"), true);
    const reader = sink();
    body.read({
      ...reader,
      data(piece) {
        reader.data(piece);
        body.pause();
      },
    });
    expect(reader.read).toEqual(["a"]);
    body.read(reader);
    expect(reader.read).toEqual(["a", "end"]);
  });

  test("of no body is told of the end", () => {
    const { body } = openBody({ ended: true });
    const reader = sink();
    body.read(reader);
    expect(reader.read).toEqual(["end"]);
  });
});

test.each([
  ["as long as declared", ["ab", "c"], true],
  ["too short", ["ab"], false],
  ["too long", ["ab", "cd"], false],
])("a body %s", (_name, pieces, isGood) => {
  const { body } = openBody({ declared: 3 });
  const taken = pieces.map((piece, index) =>
    body.receive(bytes(piece), index === pieces.length - 1),
  );
  expect(taken.every(Boolean)).toBe(isGood);
});

test("a body that is too long is found before its end", () => {
  const { body } = openBody({ declared: 3 });
  expect(body.receive(bytes("abc"), false)).toBe(true);
  expect(body.receive(bytes("d"), false)).toBe(false);
});
