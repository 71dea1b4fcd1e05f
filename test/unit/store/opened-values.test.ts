import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { newInstanceKey } from "../../../src/signing/new-instance-key.ts";
import { rememberOpened } from "../../../src/store/opened-values.ts";
import { createSealer, type Place, SealError } from "../../../src/store/seal.ts";

const place: Place = { instance: "i", table: "t", row: ["r", "s"], column: "c" };

/** A sealer that remembers, and how often it opened something. */
function counting() {
  const sealer = createSealer(randomBytes(32));
  let opened = 0;
  const remembering = rememberOpened({
    ...sealer,
    open(sealed, at) {
      opened++;
      return sealer.open(sealed, at);
    },
  });
  return { ...remembering, opened: () => opened };
}

test("a value is opened once, and each reader has a copy of its own", () => {
  const sealer = counting();
  const sealed = sealer.seal("secret", place);
  sealer.open(sealed, place).fill(0);
  expect(sealer.open(Buffer.from(sealed), { ...place, row: ["r", "s"] }).toString()).toBe("secret");
  expect(sealer.opened()).toBe(1);
});

test.each<[string, Place]>([
  ["instance", { ...place, instance: "j" }],
  ["table", { ...place, table: "u" }],
  ["row", { ...place, row: ["r", "x"] }],
  ["longer row", { ...place, row: ["r", "s", ""] }],
  ["column", { ...place, column: "d" }],
])("a value that was opened does not open in another place: %s", (_what, other) => {
  const sealer = counting();
  const sealed = sealer.seal("secret", place);
  expect(sealer.open(sealed, place).toString()).toBe("secret");
  expect(() => sealer.open(sealed, other)).toThrow(SealError);
});

test("what does not open is not kept", () => {
  const sealer = counting();
  const sealed = sealer.seal("secret", place);
  const other = { ...place, column: "d" };
  expect(() => sealer.open(sealed, other)).toThrow(SealError);
  expect(() => sealer.open(sealed, other)).toThrow(SealError);
  expect(sealer.open(sealed, place).toString()).toBe("secret");
});

test("a key with which an instance signs is opened once", async () => {
  const sealer = counting();
  const { privateKey } = await newInstanceKey("RS256");
  const sealed = sealer.seal(privateKey, place);
  sealer.open(sealed, place);
  expect(sealer.open(sealed, place).toString()).toBe(privateKey);
  expect(sealer.opened()).toBe(1);
});

test("long values are opened each time", () => {
  const sealer = counting();
  const sealed = sealer.seal(Buffer.alloc(3000, 1), place);
  sealer.open(sealed, place);
  expect(sealer.open(sealed, place)).toEqual(Buffer.alloc(3000, 1));
  expect(sealer.opened()).toBe(2);
});
