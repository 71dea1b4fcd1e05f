/** What can be completed where, read from the commands themselves. */
import type { Command, Option } from "commander";

/** A word to complete, with what it means. */
export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** What can follow an option that takes a value. */
export interface OptionValue {
  /** Empty where every text will do. */
  readonly choices: readonly string[];
  /** Names of files and folders can follow. */
  readonly files: boolean;
}

export interface CompletionOption {
  /** Its short and long form, dashes included; at least one. */
  readonly names: readonly string[];
  readonly meaning: string;
  /** Undefined for an option without a value. */
  readonly value: OptionValue | undefined;
}

/** One command with what can follow it. */
export interface CompletionLevel {
  /** The words that lead to it, such as "targetd target create". */
  readonly path: string;
  readonly commands: readonly Word[];
  readonly options: readonly CompletionOption[];
  /** Choices of each argument in turn; empty where every text will do. */
  readonly arguments: readonly (readonly string[])[];
}

/** Every command below this one, itself first. */
export function completionLevels(
  command: Command,
  above: readonly string[] = [],
): CompletionLevel[] {
  const names = [...above, command.name()];
  const help = command.createHelp();
  const level = {
    path: names.join(" "),
    commands: help
      .visibleCommands(command)
      .map((child) => ({ word: child.name(), meaning: child.summary() })),
    options: help.visibleOptions(command).map(completionOption),
    arguments: command.registeredArguments.map(({ argChoices = [] }) => argChoices),
  };
  return [level, ...command.commands.flatMap((child) => completionLevels(child, names))];
}

function completionOption(option: Option): CompletionOption {
  const { short, long, description: meaning } = option;
  const names = [short, long].filter((name) => name !== undefined);
  if (!option.required && !option.optional) return { names, meaning, value: undefined };
  // The text between the brackets: "<path>", or the choices of a setting such as "[true|false]".
  const [, placeholder = ""] = /[<[](.+)[>\]]$/.exec(option.flags) ?? [];
  const listed = placeholder.includes("|") ? placeholder.split("|") : [];
  const choices = option.argChoices ?? listed;
  return { names, meaning, value: { choices, files: placeholder === "path" } };
}
