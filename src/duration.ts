/** Lengths of time as people write them: "500ms", "1m30s", "1.5h", "7d". Exact, without floats. */

/** Units from large to small with their nanoseconds. A day is 24 hours. */
const units: ReadonlyMap<string, bigint> = new Map([
  ["d", 86_400_000_000_000n],
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1_000n],
  ["ns", 1n],
]);

/** Units that are printed; days would surprise readers of "25h". */
const printedUnits = ["h", "m", "s", "ms", "us", "ns"];

const part = /(\d{1,18})(?:\.(\d{1,18}))?(d|h|ms|m|s|us|ns)/y;

/** 10^18 hours, whose digits could not be read again when printed. */
const tooLong = 10n ** 18n * 3_600_000_000_000n;

/** What a duration looks like, for error messages. */
export const durationForm = 'a duration such as "10s", "500ms" or "1m30s"';

/**
 * Reads a duration.
 *
 * Grammar: one or more of number and unit, without spaces, each unit once and in falling order;
 * units are d, h, m, s, ms, us, ns; numbers may have decimals; "0" alone needs no unit.
 *
 * @returns nanoseconds, or undefined when the text is no duration or not a whole number of
 *   nanoseconds, or 10^18 hours or more
 */
export function parseDuration(text: string): bigint | undefined {
  if (text === "0") return 0n;
  let total = 0n;
  let smallest: bigint | undefined;
  part.lastIndex = 0;
  while (part.lastIndex < text.length) {
    const [, whole = "", decimals = "", unit = ""] = part.exec(text) ?? [];
    const size = units.get(unit);
    if (size === undefined || (smallest !== undefined && size >= smallest)) return undefined;
    const scale = 10n ** BigInt(decimals.length);
    const scaled = BigInt(whole + decimals) * size;
    if (scaled % scale !== 0n) return undefined;
    total += scaled / scale;
    smallest = size;
  }
  return smallest === undefined || total >= tooLong ? undefined : total;
}

/**
 * Prints a duration in the form that {@link parseDuration} reads, with whole numbers only.
 *
 * @param nanoseconds may be negative, which prints with a leading "-"
 */
export function formatDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return "0s";
  let rest = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  let text = nanoseconds < 0n ? "-" : "";
  for (const unit of printedUnits) {
    const size = units.get(unit) ?? 1n;
    if (rest >= size) text += `${rest / size}${unit}`;
    rest %= size;
  }
  return text;
}
