import { expect, test } from "vitest";
import { progressLines } from "../../../src/cli/migrate/progress.ts";

test("a part is told of once a second and when it is done, each time with its rate", () => {
  const said: string[] = [];
  let now = 5000;
  const io = {
    ...{ env: {}, terminal: false, out: () => undefined },
    err: (text: string) => void said.push(text),
    input: () => (async function* () {})(),
  };
  const print = progressLines(io, () => now);
  const at = (time: number, what: string, done: number) => {
    now = 5000 + time;
    print({ what, done, total: 1000 });
  };
  at(0, "one", 100);
  at(999, "one", 200);
  at(1000, "one", 300);
  at(1500, "one", 400);
  at(2000, "one", 1000);
  at(2500, "two", 500);
  at(4000, "two", 1000);
  expect(said).toEqual([
    "one: 300 of 1000, 300/s\n",
    "one: 1000 of 1000, 700/s\n",
    "two: 1000 of 1000, 500/s\n",
  ]);
});
