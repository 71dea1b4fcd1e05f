/** How far work is, as text: a line of its own, or a bar that fits into a terminal. */

/** How far one part of the work is. */
export interface Progress {
  /** What is done, as "moving targets". */
  readonly what: string;
  readonly done: number;
  /** Undefined when nobody knows how much there is. */
  readonly total: number | undefined;
  /** What is counted; things unless told otherwise. */
  readonly unit?: "bytes";
}

/** How fast it goes, in units a second; undefined while that is not known. */
type Speed = number | undefined;

/** For instance "moving targets: 420 of 1000, 84/s, 7s left". */
export function lineText(progress: Progress, speed: Speed): string {
  const { what, done, total } = progress;
  const parts = [counts(progress), rateText(progress, speed), timeLeft(done, total, speed)];
  return `${what}: ${parts.filter((part) => part !== "").join(", ")}`;
}

/** Cells of a bar, at least and at most. */
const barCells = { least: 10, most: 30 } as const;

export interface BarOptions {
  /** Columns that there are. */
  readonly width: number;
  readonly colour: boolean;
}

/**
 * For instance "moving targets  [=====>      ]  42%  420 of 1000  84/s  7s left". What does not fit is left
 * out, the least important first; never longer than the width.
 */
export function barText(progress: Progress, speed: Speed, { width, colour }: BarOptions): string {
  const { what, done, total } = progress;
  const percent = total === undefined ? "" : `${percentOf(done, total)}%`.padStart(4);
  const rest = [counts(progress), rateText(progress, speed), timeLeft(done, total, speed)];
  const shown = (kept: number) =>
    [percent, ...rest.slice(0, kept)].filter((part) => part !== "").join(gap);
  for (let kept = rest.length; kept >= 0; kept--) {
    const text = shown(kept);
    const cells = width - what.length - text.length - 2 * gap.length - brackets;
    if (total !== undefined && cells >= barCells.least) {
      const bar = barOf(done, total, Math.min(cells, barCells.most), colour);
      return [what, bar, text].join(gap);
    }
    if (total === undefined && what.length + gap.length + text.length <= width) {
      return [what, text].join(gap);
    }
  }
  return [what, percent]
    .filter((part) => part !== "")
    .join(" ")
    .slice(0, width);
}

const gap = "  ";
const brackets = 2;

function barOf(done: number, total: number, cells: number, colour: boolean): string {
  const full = Math.floor((cells * percentOf(done, total)) / 100);
  const filled = full === cells ? "=".repeat(full) : `${"=".repeat(full)}>`;
  const empty = " ".repeat(cells - filled.length);
  return colour ? `[\u001b[32m${filled}\u001b[39m${empty}]` : `[${filled}${empty}]`;
}

/** Whole percents; 100 only when all is done. */
function percentOf(done: number, total: number): number {
  if (done >= total) return 100;
  return Math.min(99, Math.floor((Math.max(0, done) / total) * 100));
}

function counts({ done, total, unit }: Progress): string {
  const text = (value: number) => (unit === "bytes" ? bytesText(value) : `${value}`);
  return total === undefined ? text(done) : `${text(done)} of ${text(total)}`;
}

function rateText({ unit }: Progress, speed: Speed): string {
  if (speed === undefined) return "";
  const slow = speed > 0 && speed < 10 ? speed.toFixed(1) : `${Math.round(speed)}`;
  return `${unit === "bytes" ? bytesText(speed) : slow}/s`;
}

/** Beyond that, in seconds, an estimate says nothing. */
const farOff = 7 * 24 * 3600;

function timeLeft(done: number, total: number | undefined, speed: Speed): string {
  if (total === undefined || speed === undefined || speed <= 0 || done >= total) return "";
  const seconds = Math.ceil((total - done) / speed);
  return seconds > farOff ? "" : `${lengthText(seconds)} left`;
}

/** "7s", "3m20s" or "2h05m". */
function lengthText(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

const byteUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** "512 B" or "1.5 MB", with decimal units. */
function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${byteUnits[unit]}`;
}
