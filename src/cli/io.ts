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
}

/** The input and output of this process. */
export function processIo(): Io {
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  return {
    env: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    input: () => process.stdin,
    terminal: process.stdout.isTTY === true,
  };
}
