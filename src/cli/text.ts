/** Text in columns. */

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
