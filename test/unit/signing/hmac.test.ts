/** That our HMAC is the one of Node, for keys and texts of every length. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hmac } from "../../../src/signing/hmac.ts";

const nodes = (key: Uint8Array, start: string, body: Uint8Array, encoding: "hex" | "base64") =>
  createHmac("sha256", key).update(start).update(body).digest(encoding);

test("agrees with Node's for any key, text, bytes and encoding", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 130 }),
      fc.string({ unit: "binary", maxLength: 100 }),
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom("hex" as const, "base64" as const),
      (...call) => hmac(...call) === nodes(...call),
    ),
  );
});

test.each([16_383, 16_384, 16_385, 1_000_000])("agrees with Node's for %i bytes", (length) => {
  const key = Buffer.from("key");
  for (const start of ["", "1.", "ü".repeat(50)]) {
    const body = Buffer.alloc(length, "body");
    expect(hmac(key, start, body, "hex")).toBe(nodes(key, start, body, "hex"));
  }
});

test("a short key knows nothing of a longer one before it", () => {
  const body = Buffer.from("body");
  hmac(Buffer.alloc(64, "k"), "a longer start.", Buffer.alloc(500, "b"), "hex");
  expect(hmac(Buffer.from("k"), "1.", body, "hex")).toBe(
    nodes(Buffer.from("k"), "1.", body, "hex"),
  );
});
