const lastCodePoint = 0x10ffff;
const surrogates = { first: 0xd800, last: 0xdfff } as const;

/**
 * The least string that sorts after every string with this prefix, so that "starts with" can be
 * asked as a range, which an index answers. Strings sort by UTF-8 bytes, which is the order of code
 * points.
 *
 * @returns undefined when no string sorts after all of them
 */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (char) => char.codePointAt(0) ?? 0);
  while (points.at(-1) === lastCodePoint) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, nextCodePoint(last));
}

/** UTF-8 has no surrogates, so the code point after U+D7FF is U+E000. */
function nextCodePoint(point: number): number {
  const next = point + 1;
  return next >= surrogates.first && next <= surrogates.last ? surrogates.last + 1 : next;
}
