/** `npm run torture` tries the same with 10,000. */
import { expect, test } from "vitest";
import { besideHanging, hangingCalls } from "./support/beside-hanging.ts";

test("a target that hangs holds its own calls only while another gets all its deliveries", async () => {
  expect(await besideHanging(1_000)).toEqual({ fast: 1_000, hanging: hangingCalls });
});
