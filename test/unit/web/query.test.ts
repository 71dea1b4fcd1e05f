import { expect, test } from "vitest";
import { changedQuery } from "../../../web/src/router/query.ts";

test.each([
  ["", { target: "1" }, "target=1"],
  ["target=1&state=failed", { target: "2" }, "target=2&state=failed"],
  ["target=1&state=failed", { target: undefined }, "state=failed"],
  ["target=1&state=failed", { target: "", state: "" }, ""],
  ["a=1", { b: "x y&z" }, "a=1&b=x+y%26z"],
])("%s with %j is %s", (before, changes, after) => {
  const query = new URLSearchParams(before);
  expect(changedQuery(query, changes).toString()).toBe(after);
  expect(query.toString()).toBe(before);
});
