/** The end of a command's help: what to type, and where the exit codes are explained. */
import type { Command } from "commander";

/** @param examples whole command lines */
export function addExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}\n`).join("");
  return command.addHelpText(
    "after",
    `\nExamples:\n${lines}\nExit codes: "targetd --help" explains them.`,
  );
}
