/**
 * PostgreSQL has no NUL in texts, but ids and filters may. It is stored as U+0001 U+0001, and U+0001 itself as
 * U+0001 U+0002: nothing else changes, different texts stay different, and the order of their bytes stays.
 */
const nul = "\u0000";
const lead = "\u0001";
const [forNul, forLead] = ["\u0001\u0001", "\u0001\u0002"] as const;

/** A text as it is stored. */
export function withoutNul(text: string): string {
  if (!text.includes(nul) && !text.includes(lead)) return text;
  return text.replaceAll(lead, forLead).replaceAll(nul, forNul);
}

/** A stored text as it is. */
export function withNul(stored: string): string {
  if (!stored.includes(lead)) return stored;
  let text = "";
  for (let index = 0; index < stored.length; index += 1) {
    const char = stored.charAt(index);
    if (char === lead) index += 1;
    text += char === lead ? (stored.startsWith(forNul, index - 1) ? nul : lead) : char;
  }
  return text;
}
