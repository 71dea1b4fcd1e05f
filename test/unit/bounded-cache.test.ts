import { expect, test } from "vitest";
import { BoundedCache } from "../../src/bounded-cache.ts";

test("makes an entry once, and forgets the one that was not used for longest", () => {
  const made: string[] = [];
  const cache = new BoundedCache<string>(2);
  const get = (key: string) =>
    cache.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  expect([get("a"), get("b"), get("a"), get("c"), get("a"), get("b")]).toEqual([..."ABACAB"]);
  expect(made).toEqual(["a", "b", "c", "b"]);
  expect(cache.size).toBe(2);
});

test("keeps nothing of what could not be made", () => {
  const cache = new BoundedCache<number>(2);
  const fail = () => {
    throw new TypeError("no");
  };
  expect(() => cache.get("a", fail)).toThrow(TypeError);
  expect(cache.size).toBe(0);
  expect(cache.get("a", () => 1)).toBe(1);
});
