import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ApiError } from "../../../src/errors/api-error.ts";
import { splitEnvelopes } from "../../../src/server/envelopes.ts";
import { enveloped } from "../../support/plain-http2.ts";

const maxBytes = 100;

async function* inPieces(bytes: Buffer, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

async function idOf(bytes: Buffer): Promise<string | undefined> {
  try {
    for await (const _ of splitEnvelopes(inPieces(bytes, []), maxBytes));
  } catch (thrown) {
    return thrown instanceof ApiError ? thrown.id : String(thrown);
  }
  return undefined;
}

describe("splitEnvelopes", () => {
  test("gives the same messages whatever pieces they come in", async () => {
    const message = fc.uint8Array({ maxLength: maxBytes });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), message), { maxLength: 5 }),
        fc.array(fc.integer({ min: 0, max: 20 })),
        async (messages, lengths) => {
          const framed = messages.map(([flags, data]) => {
            const bytes = enveloped(data);
            bytes.writeUInt8(flags);
            return bytes;
          });
          const found: [number, number[]][] = [];
          for await (const { flags, data } of splitEnvelopes(
            inPieces(Buffer.concat(framed), lengths),
            maxBytes,
          )) {
            found.push([flags, [...data]]);
          }
          expect(found).toEqual(messages.map(([flags, data]) => [flags, [...data]]));
        },
      ),
    );
  });

  test.each([
    ["nothing", Buffer.alloc(0), undefined],
    ["an empty message", enveloped(Buffer.alloc(0)), undefined],
    ["the largest message", enveloped(Buffer.alloc(maxBytes)), undefined],
    [
      "a larger one, as soon as its length is known",
      Buffer.from([0, 0, 0, 0, 101]),
      "BODY-TOO-LARGE",
    ],
    ["a prefix that is cut short", Buffer.alloc(4), "MALFORMED"],
    ["a message that is cut short", Buffer.from([0, 0, 0, 0, 2, 1]), "MALFORMED"],
  ])("takes or refuses %s", async (_name, bytes, id) => {
    expect(await idOf(bytes)).toBe(id && `TARGETD-${id}`);
  });

  test("takes pieces of one byte in time that grows no faster than their number", async () => {
    const large = 512 * 1024;
    let messages = 0;
    const bytes = enveloped(Buffer.alloc(large));
    for await (const { data } of splitEnvelopes(inPieces(bytes, Array(large).fill(1)), large)) {
      messages += data.length === large ? 1 : 0;
    }
    expect(messages).toBe(1);
  });
});
