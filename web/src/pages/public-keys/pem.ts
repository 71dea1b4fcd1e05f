/** A look at a pasted key before it leaves the browser. */

/** What is wrong with it; undefined when it may be a public key, which the server then reads. */
export function pemProblem(text: string): string | undefined {
  if (text.trim() === "") return "Paste the key.";
  if (text.includes("PRIVATE KEY")) {
    return "This is a private key. It was not sent; paste the public one.";
  }
  if (/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/.test(text)) return undefined;
  return "Begins with -----BEGIN PUBLIC KEY----- and ends with -----END PUBLIC KEY-----.";
}
