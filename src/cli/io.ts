/**
 * What a command may touch of the process: data to `out`, everything for people to `err`, data from
 * `input`.
 */
import type { Environment } from "../config/read.ts";

export interface Io {
  readonly env: Environment;
  /** Writes text to standard output: data that a script may read. */
  readonly out: (text: string) => void;
  /** Writes text to standard error. */
  readonly err: (text: string) => void;
  /** Reads standard input, once. */
  readonly input: () => AsyncIterable<Uint8Array>;
  /** Tells whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Undefined when standard error is no terminal, or one that cannot go back in a line. */
  readonly statusLine?: StatusLine | undefined;
}

/** The last line of a terminal, which is written again and again. Other output takes its place. */
export interface StatusLine {
  /** Width of the terminal. */
  columns(): number;
  /** @param text of one line; empty takes the line away */
  show(text: string): void;
}

/** The input and output of this process. */
export function processIo(): Io {
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  const canGoBack = process.stderr.isTTY && process.env.TERM !== "dumb";
  const statusLine = canGoBack ? statusLineOf(process.stderr) : undefined;
  const write = (stream: NodeJS.WriteStream) => (text: string) => {
    if (stream.isTTY) statusLine?.show("");
    stream.write(text);
  };
  return {
    env: process.env,
    out: write(process.stdout),
    err: write(process.stderr),
    input: () => process.stdin,
    terminal: process.stdout.isTTY === true,
    statusLine,
  };
}

/** Of a terminal that does not tell how wide it is. */
const usualColumns = 80;

/** @param terminal understands ECMA-48 "erase in line" */
export function statusLineOf(terminal: Pick<NodeJS.WriteStream, "columns" | "write">): StatusLine {
  let shown = "";
  return {
    columns: () => terminal.columns || usualColumns,
    show(text) {
      if (text === shown) return;
      shown = text;
      terminal.write(`\r${text}\u001b[K`);
    },
  };
}
