/** Text made HTML. */

/** HTML, as opposed to text that must be escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text is escaped, lists are put one after the other. */
export type Part = string | number | Html | readonly Html[] | undefined;

/** A template that escapes its parts, in attributes as well as between tags. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + partText(parts[index])).join(""));
}

function partText(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(({ text }) => text).join("");
  return escapeText(String(part));
}

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities.get(character) ?? "");
}

/** The little of Markdown that descriptions have: paragraphs, lists, code and links. */
export function markdown(text: unknown): Html[] {
  if (typeof text !== "string" || text === "") return [];
  return text.split("\n\n").map((paragraph) => {
    const lines = paragraph.split("\n");
    if (!lines.every((line) => line.startsWith("- "))) return html`<p>${inline(paragraph)}</p>`;
    return html`<ul>${lines.map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
  });
}

function inline(text: string): Html[] {
  return text.split(/(`[^`]+`|\[[^\]]+\]\(https:[^)]+\))/).map((part) => {
    if (part.startsWith("`")) return html`<code>${part.slice(1, -1)}</code>`;
    const link = /^\[([^\]]+)\]\((https:[^)]+)\)$/.exec(part);
    if (link === null) return html`${part}`;
    return html`<a href="${link[2]}" rel="noreferrer">${link[1]}</a>`;
  });
}
