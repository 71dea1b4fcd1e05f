import fc from "fast-check";
import { expect, test } from "vitest";
import { nearName } from "../../../src/catalog/near-name.ts";

const methods = ["/shop.v1.Shop/Buy", "/shop.v1.Shop/BuyAll", "/shop.v1.Shop/Return"];

test.each([
  ["another case", "/shop.v1.shop/buy", "/shop.v1.Shop/Buy"],
  ["other separators", "shop.v1.Shop.Buy", "/shop.v1.Shop/Buy"],
  ["a letter too many", "/shop.v1.Shop/Buyy", "/shop.v1.Shop/Buy"],
  ["letters that changed places", "/shop.v1.Shop/Retrun", "/shop.v1.Shop/Return"],
  ["the nearest of two", "/shop.v1.Shop/BuyAl", "/shop.v1.Shop/BuyAll"],
  ["too many other letters", "/shop.v1.Shop/Sell", undefined],
  ["nothing in common", "event", undefined],
  ["a text far too long", "x".repeat(5000), undefined],
])("%s", (_, given, meant) => {
  expect(nearName(given, methods)).toBe(meant);
});

test("short names are not near to everything short", () => {
  expect(nearName("a", ["b", "xyz"])).toBeUndefined();
  expect(nearName("ab", ["cd"])).toBeUndefined();
  expect(nearName("-", [".", "abc"])).toBeUndefined();
  expect(nearName("", ["a"])).toBeUndefined();
});

test("a known name is near to itself", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,20}$/), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.nat(), (known, at) => {
      const name = known[at % known.length] ?? "";
      expect(nearName(name, known)).toBe(name);
    }),
  );
});

test("many long names that look alike take no long time", () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `${"x".repeat(190)}${index}`);
  expect(nearName(`${"x".repeat(180)}y${"x".repeat(9)}7`, many)).toBeDefined();
});
