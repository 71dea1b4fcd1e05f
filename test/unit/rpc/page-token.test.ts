import fc from "fast-check";
import { expect, test } from "vitest";
import { pageToken, placeOf, textPageToken, textPlaceOf } from "../../../src/rpc/page-token.ts";

const place = fc.maxSafeNat();
const scope = fc.array(fc.oneof(fc.string(), fc.nat(), fc.constant(undefined)), {
  minLength: 6,
  maxLength: 6,
});

test("a token gives its place back in its own scope, and in no other", () => {
  fc.assert(
    fc.property(place, scope, scope, (number, own, other) => {
      fc.pre(JSON.stringify(own) !== JSON.stringify(other));
      const token = pageToken(number, own);
      expect(token.length).toBeLessThanOrEqual(200);
      expect(token).toMatch(/^[\w-]+$/);
      expect(placeOf(token, own)).toBe(number);
      expect(placeOf(token, other)).toBeUndefined();
    }),
  );
});

test("a changed token is none", () => {
  const token = pageToken(7, ["default"]);
  const changed = [`${token}A`, token.slice(1), `${token}=`, token.toLowerCase(), "%", ""];
  expect(changed.map((each) => placeOf(each, ["default"]))).toEqual(changed.map(() => undefined));
});

test("any other text is none", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(placeOf(text, ["default"])).toBeUndefined();
    }),
  );
});

test("a place that numbers cannot hold is none", () => {
  const bytes = Buffer.from(pageToken(0, []), "base64url").fill(255, 0, 8);
  expect(placeOf(bytes.toString("base64url"), [])).toBeUndefined();
});

test("a token of a text gives it back in its own scope, and in no other", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constant("\u00e9\u{1f600}")),
      scope,
      scope,
      (text, own, other) => {
        fc.pre(JSON.stringify(own) !== JSON.stringify(other));
        const token = textPageToken(text, own);
        expect(token.length).toBeLessThanOrEqual(400);
        expect(textPlaceOf(token, own)).toBe(text);
        expect(textPlaceOf(token, other)).toBeUndefined();
      },
    ),
  );
});

test("a changed token of a text is none, nor is one of bytes that are no text", () => {
  const token = textPageToken("msg_1", ["default"]);
  const changed = [
    `${token}A`,
    token.slice(1),
    `${token}=`,
    "%",
    "",
    pageToken(Number.MAX_SAFE_INTEGER, ["default"]),
  ];
  expect(changed.map((each) => textPlaceOf(each, ["default"]))).toEqual(
    changed.map(() => undefined),
  );
});
