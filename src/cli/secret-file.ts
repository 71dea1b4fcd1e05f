/** A new file for new secrets, so that nobody depends on the umask of their shell. */
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { printable } from "./text.ts";
import { checkTokenPath } from "./token-file.ts";

export interface OutFlags {
  readonly out?: string;
}

/** Adds --out. */
export function addOutFlag(command: Command): Command {
  return command.option(
    "--out <path>",
    "write the token to this new file, which only you can read, and do not print it",
  );
}

/** The answer of a call that makes a token. */
interface NewToken {
  readonly accessToken: string;
}

/**
 * Makes a token and writes it to the file of --out, if any. The file is there before the call, so
 * that no token is made that cannot be kept, and gone again when the call fails.
 *
 * @param ifLost says what to do about a token that was made but could not be written
 * @returns the answer; without the token when that is in the file
 * @throws CliError failure when the file exists or cannot be written; whatever `call` throws
 */
export async function keepToken<T extends NewToken>(
  { out }: OutFlags,
  io: Io,
  call: () => Promise<T>,
  ifLost: (answer: T) => string,
): Promise<T> {
  if (out === undefined) return call();
  checkTokenPath(out, "--out", exitCodes.usage);
  const file = openNew(out);
  let kept = false;
  try {
    const answer = await call();
    write(file, out, `${answer.accessToken}\n`, () => ifLost(answer));
    kept = true;
    io.err(`The token is in ${printable(out)}.\n`);
    return { ...answer, accessToken: "" };
  } finally {
    closeSync(file);
    if (!kept) rmSync(out, { force: true });
  }
}

/**
 * Makes a file of mode 0600.
 *
 * @param flag that named it
 * @returns the file's descriptor
 * @throws CliError failure when it exists or cannot be made
 */
export function openNew(path: string, flag = "--out"): number {
  try {
    return openSync(path, "wx", 0o600);
  } catch (error) {
    const code = codeOf(error);
    const what = code === "EEXIST" ? "exists already" : `cannot be created (${code})`;
    throw new CliError(exitCodes.failure, `${flag}: ${printable(path)} ${what}`, {
      hint: "name a file that does not exist yet, in a folder that does",
    });
  }
}

function write(file: number, path: string, text: string, ifLost: () => string): void {
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } catch (error) {
    const message = `a token was made, but ${printable(path)} cannot be written (${codeOf(error)})`;
    throw new CliError(exitCodes.failure, message, { hint: ifLost() });
  }
}

/** The code of the system's error, for messages. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown";
}
