/**
 * The scripts of all shells read the words before the cursor in the same way: they keep the command
 * they are at, the option that waits for its value, and the number of arguments so far. The tables
 * here say how a word changes that, and what can be completed then.
 */
import type { CompletionLevel, Word } from "./levels.ts";

/** What a word does at a command; words that are in no table are values or arguments. */
export interface Step {
  /** The command and the word, with a space between them. */
  readonly on: string;
  /** The command that the word leads to; undefined for an option that waits for its value. */
  readonly to: string | undefined;
  readonly word: string;
}

export function steps(levels: readonly CompletionLevel[]): Step[] {
  return levels.flatMap(({ path, commands, options }) => [
    ...commands.map(({ word }) => ({ on: `${path} ${word}`, to: `${path} ${word}`, word })),
    ...options
      .filter(({ value }) => value !== undefined)
      .flatMap(({ names }) =>
        names.map((word) => ({ on: `${path} ${word}`, to: undefined, word })),
      ),
  ]);
}

/** What completes the value of an option: the command and the option, and its choices. */
export interface ValueRow {
  readonly on: string;
  readonly choices: readonly string[];
  readonly files: boolean;
}

/** Options whose value can be anything are left out. */
export function valueRows(levels: readonly CompletionLevel[]): ValueRow[] {
  return levels.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      value === undefined || (value.choices.length === 0 && !value.files)
        ? []
        : names.map((name) => ({ on: `${path} ${name}`, ...value })),
    ),
  );
}

/** What completes a word that is no option: the command and the number of arguments before. */
export interface ArgumentRow {
  readonly on: string;
  readonly words: readonly Word[];
}

export function argumentRows(levels: readonly CompletionLevel[]): ArgumentRow[] {
  return levels.flatMap(({ path, commands, arguments: lists }) => [
    ...(commands.length > 0 ? [{ on: `${path} 0`, words: commands }] : []),
    ...lists
      .map((choices, index) => ({
        on: `${path} ${index}`,
        words: choices.map((word) => ({ word, meaning: "" })),
      }))
      .filter(({ words }) => words.length > 0),
  ]);
}

/** Every option as a word of its own, by command. */
export function optionRows(levels: readonly CompletionLevel[]): ArgumentRow[] {
  return levels.map(({ path, options }) => ({
    on: path,
    words: options.flatMap(({ names, meaning }) => names.map((word) => ({ word, meaning }))),
  }));
}
