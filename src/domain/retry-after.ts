/** The header Retry-After (RFC 9110 section 10.2.3): seconds, or a date. */
import type { Micros } from "./units.ts";

/** The obsolete forms of an HTTP-date that must still be read (RFC 9110 section 5.6.7). */
const rfc850 =
  /^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d:\d\d:\d\d GMT)$/;
const asctime = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/;

/** No valid value is longer. */
const maxLength = 40;

/**
 * Reads the header.
 *
 * @returns microseconds from now, negative for a date that has passed; undefined for anything that
 *   is not exactly of the form
 */
export function parseRetryAfter(text: string, now: Micros): number | undefined {
  if (text.length > maxLength) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1e6;
  const date = toImfDate(text, now);
  const milliseconds = Date.parse(date);
  // Date.parse takes much that is no HTTP-date, but writes only the one form.
  const exact = !Number.isNaN(milliseconds) && new Date(milliseconds).toUTCString() === date;
  return exact ? milliseconds * 1000 - now : undefined;
}

/** Rewrites the obsolete forms as the current one; anything else stays as it is. */
function toImfDate(text: string, now: Micros): string {
  const [, name = "", day, month, twoDigits, time] = rfc850.exec(text) ?? [];
  if (twoDigits !== undefined) {
    return `${name.slice(0, 3)}, ${day} ${month} ${fullYear(Number(twoDigits), now)} ${time}`;
  }
  const [, weekday, monthName, padded = "", clock, year] = asctime.exec(text) ?? [];
  if (year === undefined) return text;
  return `${weekday}, ${padded.replace(" ", "0")} ${monthName} ${year} ${clock} GMT`;
}

/** A year that seems to be more than 50 years ahead is the latest one in the past with its digits. */
function fullYear(digits: number, now: Micros): number {
  const current = new Date(now / 1000).getUTCFullYear();
  const year = current - (current % 100) + digits;
  return year > current + 50 ? year - 100 : year;
}
