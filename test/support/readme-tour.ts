/** Reads the marked code blocks of a Markdown page. */

/** A block of shell commands, and the output that the page shows for it. */
export interface TourBlock {
  /** Line of the first command, counted from 1. */
  readonly line: number;
  readonly commands: string;
  readonly shows: { readonly language: string; readonly text: string } | undefined;
}

interface MarkedBlock {
  readonly mark: string;
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

/**
 * Finds the blocks below `<!-- tour -->` and, following one of them, `<!-- shows -->`.
 *
 * @throws Error when a mark has no block of its kind below it, or an output no commands before it
 */
export function readTour(markdown: string): readonly TourBlock[] {
  const blocks: TourBlock[] = [];
  for (const { mark, language, line, text } of markedBlocks(markdown.split("\n"))) {
    if (mark === "tour") {
      if (language !== "sh") throw new Error(`line ${line}: commands must be in an sh block`);
      blocks.push({ line, commands: text, shows: undefined });
      continue;
    }
    const last = blocks.pop();
    if (last === undefined || last.shows !== undefined) {
      throw new Error(`line ${line}: there are no commands whose output this could be`);
    }
    blocks.push({ ...last, shows: { language, text } });
  }
  return blocks;
}

function markedBlocks(lines: readonly string[]): MarkedBlock[] {
  return lines.flatMap((text, index) => {
    const [, indent = "", mark] = /^(\s*)<!-- (tour|shows) -->\s*$/.exec(text) ?? [];
    if (mark === undefined) return [];
    const [, language] = /^```(\w+)\s*$/.exec(withoutIndent(lines[index + 1], indent)) ?? [];
    const rest = lines.slice(index + 2).map((line) => withoutIndent(line, indent));
    const end = rest.indexOf("```");
    const line = index + 3;
    if (language === undefined || end < 0) throw new Error(`line ${line}: a mark without a block`);
    return [{ mark, language, line, text: rest.slice(0, end).join("\n") }];
  });
}

function withoutIndent(line = "", indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line;
}
