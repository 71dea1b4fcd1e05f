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

test("finds what was set last, and nothing that was deleted or cleared", () => {
  const cache = new BoundedCache<number>(6);
  const set = (keys: string, value: number) => {
    for (const key of keys) cache.set(key, value);
  };
  const found = () => [..."abcde"].map((key) => cache.find(key) ?? "-").join("");
  set("ab", 1);
  set("cb", 2);
  expect(found()).toBe("122--");
  cache.delete("a");
  cache.delete("b");
  expect(found()).toBe("--2--");
  set("ae", 3);
  expect([found(), cache.size]).toEqual(["3-2-3", 3]);
  cache.clear();
  expect([found(), cache.size]).toEqual(["-----", 0]);
});

test("what is found is used, and outlives what is not", () => {
  const cache = new BoundedCache<number>(4);
  cache.set("a", 1);
  for (const key of "bcde") {
    cache.set(key, 2);
    expect(cache.find("a")).toBe(1);
  }
  expect(cache.find("b")).toBeUndefined();
});
