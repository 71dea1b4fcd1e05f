/** W3C Trace Context, section 3.2: version 00 of the header, passed on as it is. */
const form = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The header if it is a valid one; anything else must not reach a target. */
export function readTraceparent(header: string | undefined): string | undefined {
  return header !== undefined && form.test(header) ? header : undefined;
}
