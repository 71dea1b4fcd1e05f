/** Bodies and contexts as text to read. */

/** JSON with a line for each member; any other text as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

const mostBytes = 256;

/** What was kept of a body: text where it is text, else its first 256 bytes in hexadecimal. */
export function bodyText(body: Uint8Array): string {
  const text = decoded(body);
  if (text !== undefined) return prettyJson(text);
  const bytes = [...body.subarray(0, mostBytes)];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return body.length > mostBytes ? `${hex} …` : hex;
}

/** @returns undefined when the bytes are no UTF-8; a character that was cut at the end is left out */
function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body, { stream: true });
  } catch {
    return undefined;
  }
}
