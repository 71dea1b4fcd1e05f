/** Reads the code blocks of a Markdown page. */

/** A block of shell commands, and the output that the page shows for it. */
export interface CommandBlock {
  /** Line of the first command, counted from 1. */
  readonly line: number;
  readonly commands: string;
  readonly shows: { readonly language: string; readonly text: string } | undefined;
}

interface CodeBlock {
  /** The text of the comment in the line above, as in `<!-- shows -->`. */
  readonly mark: string | undefined;
  readonly language: string;
  readonly line: number;
  readonly text: string;
}

/**
 * Finds the blocks of the language sh and, below `<!-- shows -->`, what the one before prints.
 *
 * @throws Error when an output has no commands before it, or a block has no end
 */
export function readCommands(markdown: string): readonly CommandBlock[] {
  const blocks: CommandBlock[] = [];
  for (const { mark, language, line, text } of codeBlocks(markdown.split("\n"))) {
    if (language === "sh") {
      blocks.push({ line, commands: text, shows: undefined });
    } else if (mark === "shows") {
      const last = blocks.pop();
      if (last === undefined || last.shows !== undefined) {
        throw new Error(`line ${line}: there are no commands whose output this could be`);
      }
      blocks.push({ ...last, shows: { language, text } });
    }
  }
  return blocks;
}

/** The page without its code blocks, line by line, so that numbers of lines stay. */
export function textLines(markdown: string): readonly string[] {
  const lines = markdown.split("\n");
  for (const { line, text } of codeBlocks(lines)) {
    const length = text === "" ? 0 : text.split("\n").length;
    lines.fill("", line - 2, line + length);
  }
  return lines;
}

function codeBlocks(lines: readonly string[]): readonly CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [, indent = "", language = ""] = /^(\s*)```(\w*)\s*$/.exec(lines[index] ?? "") ?? [];
    if (!/^\s*```/.test(lines[index] ?? "")) continue;
    const rest = lines.slice(index + 1).map((line) => withoutIndent(line, indent));
    const end = rest.indexOf("```");
    if (end < 0) throw new Error(`line ${index + 1}: a block without an end`);
    const [, mark] = /^\s*<!-- (.+) -->\s*$/.exec(lines[index - 1] ?? "") ?? [];
    blocks.push({ mark, language, line: index + 2, text: rest.slice(0, end).join("\n") });
    index += end + 1;
  }
  return blocks;
}

function withoutIndent(line: string, indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line;
}
