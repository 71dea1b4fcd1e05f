import { expect, test } from "vitest";
import type { Io, StatusLine } from "../../../../src/cli/io.ts";
import { statusLineOf } from "../../../../src/cli/io.ts";
import { barText } from "../../../../src/cli/progress/text.ts";
import { showProgress, type ViewOptions } from "../../../../src/cli/progress/view.ts";

/** A view whose time and output are at hand. */
function viewOf({
  columns,
  env = {},
  quiet,
}: {
  columns?: number;
  env?: Io["env"];
  quiet?: ViewOptions["quiet"];
} = {}) {
  const said: string[] = [];
  let time = 5000;
  const status = (width: number): StatusLine => ({
    columns: () => width,
    show: (text) => void said.push(`~${text}`),
  });
  const io: Io = {
    ...{ env, terminal: false, out: () => undefined },
    err: (text) => void said.push(text),
    input: () => (async function* () {})(),
    statusLine: columns === undefined ? undefined : status(columns),
  };
  const view = showProgress(io, { quiet, now: () => time });
  return {
    said,
    view,
    at(later: number, what: string, done: number, total: number | undefined = 1000) {
      time = 5000 + later;
      view.report({ what, done, total });
    },
    begin(later: number, what: string) {
      time = 5000 + later;
      view.begin(what);
    },
  };
}

test("the first line comes at once, and what is done within seconds has no more but its end", () => {
  const { said, at, begin, view } = viewOf();
  at(0, "one", 10);
  at(100, "one", 500);
  at(4000, "one", 1000);
  at(4100, "two", 1);
  at(4200, "two", 1000);
  begin(4500, "checking");
  view.end();
  expect(said).toEqual(["one: 10 of 1000\n", "one: 1000 of 1000, 248/s\n"]);
});

test("lines come every five seconds, with how fast it goes of late, and at the end over all", () => {
  const { said, at } = viewOf();
  at(0, "one", 100);
  at(4999, "one", 200);
  at(5000, "one", 300);
  at(9000, "one", 400);
  at(10_000, "one", 500);
  at(12_000, "one", 1000);
  expect(said).toEqual([
    "one: 100 of 1000\n",
    "one: 300 of 1000, 40/s, 18s left\n",
    "one: 500 of 1000, 40/s, 13s left\n",
    "one: 1000 of 1000, 75/s\n",
  ]);
});

test("parts that nobody was told of end without a line", () => {
  const { said, at, begin } = viewOf();
  at(0, "one", 1000);
  at(6000, "two", 1000);
  at(6100, "three", 0);
  at(6200, "three", 1000);
  begin(6300, "checking");
  begin(11_000, "really checking");
  expect(said).toEqual(["one: 1000 of 1000\n", "two: 1000 of 1000\n", "really checking\n"]);
});

test("old work does not tell how fast it goes", () => {
  const { said, at } = viewOf();
  at(0, "one", 0);
  at(1000, "one", 900);
  for (let time = 2000; time < 21_000; time += 1000) at(time, "one", 900);
  expect(said.at(-1)).toBe("one: 900 of 1000, 0/s\n");
});

test("a terminal gets a bar ten times a second at most, and one that took a while stays", () => {
  const { said, at, view } = viewOf({ columns: 41, env: { NO_COLOR: "1" } });
  at(0, "one", 0);
  at(50, "one", 10);
  at(99, "one", 20);
  at(100, "one", 420);
  at(200, "one", 1000);
  at(200, "two", 500);
  at(1200, "two", 1000);
  view.end();
  const bar = (what: string, done: number, speed?: number) =>
    barText({ what, done, total: 1000 }, speed, { width: 40, colour: false });
  expect(said).toEqual([
    `~${bar("one", 0)}`,
    `~${bar("one", 420)}`,
    `~${bar("one", 1000)}`,
    `~${bar("two", 500)}`,
    `${bar("two", 1000, 500)}\n`,
    "~",
  ]);
});

test("colours are for terminals whose owner has not refused them", () => {
  const shown = (env: Io["env"]) => {
    const { said, at } = viewOf({ columns: 80, env });
    at(0, "one", 500);
    return said.join("");
  };
  expect(shown({})).toContain("\u001b[32m");
  expect(shown({ NO_COLOR: "" })).toContain("\u001b[32m");
  expect(shown({ NO_COLOR: "1" })).not.toContain("\u001b");
});

test("a narrow terminal is never written beyond its last column but one", () => {
  for (const columns of [1, 2, 10, 20, 40]) {
    const { said, at, begin } = viewOf({ columns, env: { NO_COLOR: "1" } });
    at(0, "moving delivery_contexts", 500);
    begin(100, "verifying the copy");
    for (const text of said) expect(text.length - 1).toBeLessThanOrEqual(Math.max(1, columns - 1));
  }
});

test("nothing is shown where programs read", () => {
  for (const columns of [undefined, 80]) {
    const { said, at, begin, view } = viewOf({ ...(columns && { columns }), quiet: true });
    at(0, "one", 0);
    at(9000, "one", 1000);
    begin(20_000, "checking");
    view.end();
    expect(said).toEqual([]);
  }
});

test("a status line is written over and taken away, once", () => {
  const written: string[] = [];
  const line = statusLineOf({ columns: 0, write: (text) => written.push(String(text)) > 0 });
  expect(line.columns()).toBe(80);
  line.show("");
  line.show("a");
  line.show("a");
  line.show("b");
  line.show("");
  line.show("");
  expect(written).toEqual(["\ra\u001b[K", "\rb\u001b[K", "\r\u001b[K"]);
});
