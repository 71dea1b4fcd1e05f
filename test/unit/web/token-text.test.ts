import { expect, test } from "vitest";
import { tokenName, tokenProblem } from "../../../web/src/session/token-text.ts";

test.each([
  ["tgd_a20p2gbn4kph_c2VjcmV0", "a20p2gbn4kph"],
  ["eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "JWT"],
  ["a-bootstrap-token-of-thirty-two-characters", "token"],
])("%s is called %s", (token, name) => {
  expect(tokenProblem(token)).toBeUndefined();
  expect(tokenName(token)).toBe(name);
});

test.each(["", "two words", "line\nbreak", "umläut", "Bearer tgd_a_b", '"quoted"'])(
  "%j is no token",
  (text) => {
    expect(tokenProblem(text)).toBeTypeOf("string");
  },
);
