import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createDataKey,
  openDataKey,
  unwrapDataKey,
  wrapDataKey,
} from "../../../src/store/data-key.ts";
import { createSealer, type Place, SealError } from "../../../src/store/seal.ts";

const place: Place = { instance: "i", table: "t", row: ["r", "s"], column: "c" };

describe("createSealer", () => {
  const sealer = createSealer(randomBytes(32));

  test("opens what it sealed, whatever the content", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (plain) => {
        expect(sealer.open(sealer.seal(plain, place), place)).toEqual(Buffer.from(plain));
      }),
    );
    expect(sealer.open(sealer.seal("ключ 🔑", place), place).toString()).toBe("ключ 🔑");
  });

  test("starts with the version and never repeats itself", () => {
    const first = sealer.seal("same", place);
    expect(first[0]).toBe(1);
    expect(first.length).toBe(1 + 12 + 4 + 16);
    expect(sealer.seal("same", place)).not.toEqual(first);
  });

  test.each<[string, Place]>([
    ["instance", { ...place, instance: "j" }],
    ["table", { ...place, table: "u" }],
    ["row", { ...place, row: ["r", "x"] }],
    ["row split elsewhere", { ...place, row: ["rs", ""] }],
    ["column", { ...place, column: "d" }],
  ])("does not open in another place: %s", (_what, other) => {
    expect(() => sealer.open(sealer.seal("x", place), other)).toThrow(SealError);
  });

  test("does not open when any byte was changed", () => {
    const sealed = sealer.seal("secret", place);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => sealer.open(changed, place)).toThrow(SealError);
    }
  });

  test("does not open when it was cut", () => {
    const sealed = sealer.seal("secret", place);
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealer.open(sealed.subarray(0, length), place)).toThrow(SealError);
    }
  });

  test("does not open under another key", () => {
    const other = createSealer(randomBytes(32));
    expect(() => other.open(sealer.seal("x", place), place)).toThrow(SealError);
  });

  test("refuses keys of another length", () => {
    expect(() => createSealer(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe("data keys", () => {
  const masterKey = randomBytes(32);

  test("open under the master key that made them", () => {
    const stored = createDataKey(masterKey);
    expect(openDataKey(masterKey, stored)).toEqual(unwrapDataKey(masterKey, stored.wrappedKey));
  });

  test("stay the same when they are wrapped again under another master key", () => {
    const stored = createDataKey(masterKey);
    const dataKey = openDataKey(masterKey, stored);
    const next = randomBytes(32);
    const rewrapped = { ...stored, wrappedKey: wrapDataKey(next, dataKey) };
    expect(openDataKey(next, rewrapped)).toEqual(dataKey);
  });

  test("refuse another master key, and a check value of another data key", () => {
    const stored = createDataKey(masterKey);
    const { checkValue } = createDataKey(masterKey);
    const wrong = expect.objectContaining({ code: "master-key-wrong" });
    expect(() => openDataKey(randomBytes(32), stored)).toThrow(wrong);
    expect(() => openDataKey(masterKey, { ...stored, checkValue })).toThrow(wrong);
  });
});
