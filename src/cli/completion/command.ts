/** targetd completion: scripts that let a shell complete commands, options and choices. */
import { Argument, type Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { completionLevels } from "./levels.ts";
import { zshCompletion } from "./zsh.ts";

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

type Shell = keyof typeof scripts;

const installation = `
Installation:
  bash  add to ~/.bashrc:  source <(targetd completion bash)
        (bash 3.2 of macOS:  eval "$(targetd completion bash)")
  zsh   add to ~/.zshrc, after compinit:  source <(targetd completion zsh)
  fish  run once:  targetd completion fish > ~/.config/fish/completions/targetd.fish
`;

export function addCompletionCommand(program: Command, io: Io): void {
  const command = program
    .command("completion")
    .summary("print a completion script for a shell")
    .description("Prints a script that completes commands, options and their choices.")
    .addArgument(new Argument("<shell>", "which shell").choices(Object.keys(scripts)))
    .addHelpText("after", installation)
    .action((shell: Shell) => io.out(scripts[shell](program.name(), completionLevels(program))));
  addExamples(command, "targetd completion bash > targetd.bash");
}
