/** Runs one command line and turns whatever happens into an exit code. */
import { CommanderError } from "commander";
import { ConfigError } from "../config/problem.ts";
import { CliError, errorText } from "./cli-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";

/**
 * @param args the arguments after the program's name
 * @returns the exit code; messages have been written
 */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await createProgram(io).parseAsync([...args], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    // commander has written its message already.
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    }
    const failure = toCliError(error);
    io.err(errorText(failure));
    return failure.exitCode;
  }
}

function toCliError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) {
    return new CliError(exitCodes.config, error.message, {
      hint: "targetd config --docs lists every setting",
    });
  }
  return new CliError(exitCodes.failure, error instanceof Error ? error.message : String(error));
}
