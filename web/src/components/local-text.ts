/**
 * A time as fields of the type datetime-local take it, in the local time zone, to the second where it is
 * not a full minute.
 *
 * @param time milliseconds since 1970
 */
export function localText(time: number): string {
  const date = new Date(time);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()];
  const shown = date.getSeconds() === 0 ? parts.slice(0, 2) : parts;
  return `${day}T${shown.map(two).join(":")}`;
}
