/** Shows how far long work is: a bar on a terminal, lines now and then anywhere else. */
import type { Io, StatusLine } from "../io.ts";
import { Rate } from "./rate.ts";
import { barText, lineText, type Progress } from "./text.ts";

export interface ProgressView {
  /** Tells how far a part is; another `what` begins another part. May be called as often as one likes. */
  readonly report: (progress: Progress) => void;
  /** Tells what is done now, where nobody can say how far it is. */
  readonly begin: (what: string) => void;
  /** Takes away what is not finished. */
  readonly end: () => void;
}

export interface ViewOptions {
  /** Shows nothing, for instance because programs read the output. */
  readonly quiet?: boolean | undefined;
  /** Milliseconds from some point on. */
  readonly now?: () => number;
}

/**
 * Milliseconds between two lines, between two pictures of a bar, and that a part must take for its bar to stay
 * when it is done: what is short tells nothing.
 */
const every = { line: 5000, bar: 100, kept: 1000 } as const;

const silent: ProgressView = { report() {}, begin() {}, end() {} };

export function showProgress(
  io: Io,
  { quiet = false, now = () => performance.now() }: ViewOptions = {},
): ProgressView {
  if (quiet) return silent;
  return io.statusLine === undefined ? lines(io, now) : bars(io, io.statusLine, now);
}

/** Follows the part that is under way. */
function follow(now: () => number) {
  let part: { readonly what: string; readonly begun: number; readonly rate: Rate } | undefined;
  return (progress: Progress) => {
    const { what, done, total } = progress;
    const at = now();
    const isNew = part?.what !== what;
    const current =
      part === undefined || isNew ? { what, begun: at, rate: new Rate(at, done) } : part;
    part = current;
    current.rate.add(at, done);
    const isDone = total !== undefined && done >= total;
    const speed = isDone ? current.rate.overall : current.rate.now;
    return { at, isNew, isDone, speed, took: at - current.begun };
  };
}

function lines(io: Io, now: () => number): ProgressView {
  const step = follow(now);
  // The first line comes at once, so that something is seen to go on.
  let printed = Number.NEGATIVE_INFINITY;
  let isTold = false;
  const print = (at: number, text: string) => {
    printed = at;
    io.err(`${text}\n`);
  };
  return {
    report(progress) {
      const { at, isNew, isDone, speed } = step(progress);
      if (isNew) isTold = false;
      // A part whose beginning was told of has an end too.
      if (at - printed < every.line && !(isDone && isTold)) return;
      isTold = !isDone;
      print(at, lineText(progress, speed));
    },
    begin(what) {
      const at = now();
      if (at - printed >= every.line) print(at, what);
    },
    end() {},
  };
}

function bars(io: Io, line: StatusLine, now: () => number): ProgressView {
  const step = follow(now);
  const colour = !io.env.NO_COLOR;
  // The last column stays free: some terminals begin a new line as soon as it is written.
  const width = () => Math.max(1, line.columns() - 1);
  let drawn = 0;
  return {
    report(progress) {
      const { at, isNew, isDone, speed, took } = step(progress);
      if (!isNew && !isDone && at - drawn < every.bar) return;
      drawn = at;
      const text = barText(progress, speed, { width: width(), colour });
      if (isDone && took >= every.kept) io.err(`${text}\n`);
      else line.show(text);
    },
    begin: (what) => line.show(what.slice(0, width())),
    end: () => line.show(""),
  };
}
