/** How far a moment is away, in words. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * day],
  ["month", 30 * day],
  ["day", day],
  ["hour", hour],
  ["minute", minute],
  ["second", second],
];

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** For instance "3 minutes ago", "in 2 days", "now"; rounded towards zero. */
export function relativeTime(date: Date, now: Date): string {
  const difference = date.getTime() - now.getTime();
  const fitting = units.find(([, size]) => Math.abs(difference) >= size);
  if (fitting === undefined) return "now";
  const [unit, size] = fitting;
  return words.format(Math.trunc(difference / size), unit);
}

/** The moment to the second, with the time zone of the browser. */
export function exactTime(date: Date): string {
  return date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
}
