/** How far a moment is away, in words. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Each with its length and how many of it are one of the next. */
const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number, number])[] = [
  ["second", second, 60],
  ["minute", minute, 60],
  ["hour", hour, 24],
  ["day", day, 30],
  ["month", 30 * day, 12],
];

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** For instance "3 minutes ago", "in 2 days", "now"; rounded to the nearest. */
export function relativeTime(date: Date, now: Date): string {
  const difference = date.getTime() - now.getTime();
  for (const [unit, size, most] of units) {
    const count = Math.round(difference / size);
    if (Math.abs(count) < most) return words.format(count, unit);
  }
  return words.format(Math.round(difference / (365 * day)), "year");
}

/** The moment to the second, with the time zone of the browser. */
export function exactTime(date: Date): string {
  return date.toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
}
