import { expect, test } from "vitest";
import { bodyText, prettyJson } from "../../../web/src/pages/delivery/body-text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("JSON gets a line for each member, and other text stays as it is", () => {
  expect(prettyJson('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(bodyText(bytes("no such order"))).toBe("no such order");
});

test("a character that was cut where the log ends makes no binary of a text", () => {
  expect(bodyText(bytes("grün").subarray(0, 3))).toBe("gr");
});

test("what is no text is shown byte by byte, the first 256 of them", () => {
  expect(bodyText(Uint8Array.of(0xff, 0x00, 0x0a))).toBe("ff 00 0a");
  const shown = bodyText(new Uint8Array(300).fill(0xfe));
  expect(shown.split(" ")).toHaveLength(257);
  expect(shown.endsWith("fe …")).toBe(true);
});
