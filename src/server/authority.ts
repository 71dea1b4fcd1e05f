/** Tells requests with a Host, or :authority, that can be read. */

/** The last one that was found usable: requests of a client all have the same. */
let usable: string | undefined;

/** RFC 9112 section 3.2 asks for 400 when Host is invalid; HTTP/1.0 may leave it out. */
export function hasUsableAuthority(authority: string | undefined): boolean {
  if (authority === undefined) return false;
  if (authority === usable) return true;
  if (!URL.canParse(`http://${authority}`)) return false;
  usable = authority;
  return true;
}
