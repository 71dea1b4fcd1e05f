/** Text for people. */
import { type Duration, type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

/** Replaces what could steer a terminal or hide text: control, format and surrogate characters. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
}

/**
 * Lines with aligned columns, two spaces apart, each ending in a newline.
 *
 * @param rows cells; a missing or empty last cell leaves no spaces behind
 */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, [...cell].length);
    });
  }
  return rows.map((row) => `${line(row, widths)}\n`).join("");
}

/** Lines of label and value; those without a value are left out. */
export function block(rows: readonly (readonly [string, string])[]): string {
  const shown = rows.filter(([, value]) => value !== "");
  return columns(shown.map(([label, value]) => [label, printable(value)]));
}

/** A point in time as RFC 3339 with milliseconds; empty when absent. */
export function timeText(time: Timestamp | undefined): string {
  return time === undefined ? "" : timestampDate(time).toISOString();
}

/** How long something took, in milliseconds; empty when absent. */
export function lapseText(duration: Duration | undefined): string {
  if (duration === undefined) return "";
  const milliseconds = Number(duration.seconds) * 1000 + duration.nanos / 1_000_000;
  return `${milliseconds.toFixed(1)}ms`;
}

function line(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, index) => {
    const missing = (widths[index] ?? 0) - [...cell].length;
    return cell + " ".repeat(missing);
  });
  return cells.join("  ").trimEnd();
}

/** Quotes a word for a POSIX shell where it needs it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
