import { expect, test } from "vitest";
import { newWebhookId, randomText } from "../../src/ids.ts";

test("random texts have their length, use all digits and never repeat", () => {
  // More than the random bytes that are kept at a time.
  const texts = Array.from({ length: 2_000 }, () => randomText(10));
  expect(new Set(texts).size).toBe(texts.length);
  expect(new Set(texts.map(({ length }) => length))).toEqual(new Set([10]));
  const used = [...new Set(texts.join(""))].toSorted().join("");
  expect(used).toBe("0123456789abcdefghjkmnpqrstvwxyz");
});

test("a webhook-id names what it is", () => {
  expect(newWebhookId()).toMatch(/^msg_[0-9a-z]{24}$/);
});
