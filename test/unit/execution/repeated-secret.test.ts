import { expect, test } from "vitest";
import { secretFinder } from "../../../src/execution/repeated-secret.ts";

const repeats = secretFinder({
  headerValues: ["Bearer tok-123456", 'quote"d-secret', "no", "a,list;of=longer-parts"],
  signatures: [`t=1790000000,v1=${"ab".repeat(32)}`, `v1,${"Zm9v".repeat(11)}=`],
});

test.each([
  ["a value", "x Bearer tok-123456 x"],
  ["the credential of a value", '{"token":"tok-123456"}'],
  ["a part of a list", "longer-parts"],
  ["a value as it is", 'quote"d-secret'],
  ["a value in JSON", JSON.stringify({ echo: 'quote"d-secret' })],
  ["a signature in hex", "ab".repeat(32)],
  ["a signature in base64", `v1,${"Zm9v".repeat(11)}=`],
  ["one far behind", `${"x".repeat(100_000)}tok-123456`],
])("%s is found", (_what, body) => {
  expect(repeats(Buffer.from(body))).toBe(true);
});

test.each([
  ["nothing", ""],
  ["a short value", "no"],
  ["the time of a signature", "t=1790000000"],
  ["the beginning of a value", "tok-12345"],
  ["another case", "TOK-123456"],
])("%s is not", (_what, body) => {
  expect(repeats(Buffer.from(body))).toBe(false);
});
