/** The static table (RFC 7541 appendix A): what both sides know before the first header block. */

export interface Field {
  readonly name: string;
  readonly value: string;
}

/** What a field takes of a table or a list besides the bytes of its name and value. */
export const fieldOverhead = 32;

/** Names in the order of the table; those with values stand once for each value. */
const names: readonly (readonly [name: string, ...values: readonly string[]])[] = [
  [":authority"],
  [":method", "GET", "POST"],
  [":path", "/", "/index.html"],
  [":scheme", "http", "https"],
  [":status", "200", "204", "206", "304", "400", "404", "500"],
  ["accept-charset"],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language"],
  ["accept-ranges"],
  ["accept"],
  ["access-control-allow-origin"],
  ["age"],
  ["allow"],
  ["authorization"],
  ["cache-control"],
  ["content-disposition"],
  ["content-encoding"],
  ["content-language"],
  ["content-length"],
  ["content-location"],
  ["content-range"],
  ["content-type"],
  ["cookie"],
  ["date"],
  ["etag"],
  ["expect"],
  ["expires"],
  ["from"],
  ["host"],
  ["if-match"],
  ["if-modified-since"],
  ["if-none-match"],
  ["if-range"],
  ["if-unmodified-since"],
  ["last-modified"],
  ["link"],
  ["location"],
  ["max-forwards"],
  ["proxy-authenticate"],
  ["proxy-authorization"],
  ["range"],
  ["referer"],
  ["refresh"],
  ["retry-after"],
  ["server"],
  ["set-cookie"],
  ["strict-transport-security"],
  ["transfer-encoding"],
  ["user-agent"],
  ["vary"],
  ["via"],
  ["www-authenticate"],
];

/** The entry with the index i is at i - 1. */
export const staticTable: readonly Field[] = names.flatMap(([name, ...values]) =>
  values.length === 0 ? [{ name, value: "" }] : values.map((value) => ({ name, value })),
);

/** The lowest index of each name. */
export const staticIndexes: ReadonlyMap<string, number> = new Map(
  staticTable.map(({ name }, at) => [name, at + 1] as const).reverse(),
);
