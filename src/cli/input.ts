/** What a flag names: a file, or standard input. */
import { createReadStream } from "node:fs";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { printable } from "./text.ts";

/** The path that stands for standard input. */
const standardInput = "-";

/**
 * Reads all of it.
 *
 * @param path of a file; "-" is standard input
 * @param flag names the flag in errors
 * @param maxBytes more is an error
 * @throws CliError usage when it cannot be read or is too long
 */
export async function readInput(
  path: string,
  flag: string,
  maxBytes: number,
  io: Io,
): Promise<Uint8Array> {
  const what = path === standardInput ? "standard input" : printable(path);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const source = path === standardInput ? io.input() : createReadStream(path);
    for await (const chunk of source) {
      length += chunk.length;
      if (length > maxBytes) {
        throw new CliError(exitCodes.usage, `${flag}: ${what} holds more than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new CliError(exitCodes.usage, `${flag}: ${what} cannot be read (${reason})`);
  }
  return Buffer.concat(chunks);
}
