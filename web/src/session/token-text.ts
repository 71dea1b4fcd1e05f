/** What can be told of a token by its text alone. */

/** Characters that a header takes: tokens of targetd and JWTs have no others (RFC 6750 section 2.1). */
const tokenPattern = /^[A-Za-z0-9\-._~+/]+=*$/;

/** What is wrong with a text as a token; undefined when nothing is. */
export function tokenProblem(text: string): string | undefined {
  if (text === "") return "Enter a token.";
  if (tokenPattern.test(text)) return undefined;
  return "A token has letters, digits and - . _ ~ + / only; check that all of it was copied.";
}

/** The public part of a token: its id, or that it is a JWT. Nothing of the secret is in it. */
export function tokenName(text: string): string {
  const id = /^tgd_([^_]+)_/.exec(text)?.[1];
  if (id !== undefined) return id;
  return text.split(".").length === 3 ? "JWT" : "token";
}
