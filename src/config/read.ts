/** Finds the text of one setting: flag before environment before default. */
import { readFileSync } from "node:fs";
import type { ConfigProblem } from "./problem.ts";
import type { Rule } from "./rules.ts";

/** One setting of the server. */
export interface Knob<T> {
  readonly env: string;
  /** For instance "--listen <host:port>". Secrets have none: flags show in process lists. */
  readonly flag: string | undefined;
  /** Text that applies when nothing is given. */
  readonly default: string | undefined;
  /** What holds without a value, where there is no default text. */
  readonly otherwise?: string;
  /** One line for help and documentation. */
  readonly meaning: string;
  readonly secret: boolean;
  /** What may be shown of a secret that was accepted; nothing by default. */
  readonly masked?: (text: string) => string;
  readonly rule: Rule<T>;
}

/** The environment, as process.env. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a value came from. */
export type Source = "default" | "env" | "file" | "flag";

/** The outcome for one setting. */
export interface Reading<T> {
  readonly value: T | undefined;
  /** The text as given; undefined when nothing was given and there is no default. */
  readonly text: string | undefined;
  readonly source: Source;
  /** How messages call the setting: its variable, with the flag or file that was used. */
  readonly variable: string;
  readonly problem?: ConfigProblem;
}

/**
 * Reads one setting. An empty variable counts as absent, as compose files produce them, except for
 * secrets: there it means that something upstream failed.
 *
 * @param flag text of the command line flag, if given
 */
export function readKnob<T>(knob: Knob<T>, env: Environment, flag: string | undefined): Reading<T> {
  if (knob.secret) return readSecret(knob, env);
  if (flag !== undefined) {
    const name = `${knob.env} (${knob.flag?.split(" ", 1)[0]})`;
    return check(knob, flag, "flag", name);
  }
  const text = env[knob.env];
  if (text !== undefined && text !== "") return check(knob, text, "env", knob.env);
  return check(knob, knob.default, "default", knob.env);
}

function readSecret<T>(knob: Knob<T>, env: Environment): Reading<T> {
  const fileVariable = `${knob.env}_FILE`;
  const text = env[knob.env];
  const path = env[fileVariable];
  if (text !== undefined && path !== undefined) {
    return failed("env", { variable: knob.env, rule: `and ${fileVariable} must not both be set` });
  }
  if (path !== undefined) return readSecretFile(knob, path, fileVariable);
  if (text === undefined) return check(knob, knob.default, "default", knob.env);
  return check(knob, text, "env", knob.env);
}

/** The path stays out of messages: it may be the secret itself, set under the wrong name. */
function readSecretFile<T>(knob: Knob<T>, path: string, variable: string): Reading<T> {
  try {
    const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    return check(knob, text, "file", variable);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
    return failed("file", { variable, rule: `must name a readable file (${reason})` });
  }
}

function check<T>(
  knob: Knob<T>,
  text: string | undefined,
  source: Source,
  variable: string,
): Reading<T> {
  if (text === undefined) return { value: undefined, text, source, variable };
  const result = knob.rule.safeParse(text);
  if (result.success) return { value: result.data, text, source, variable };
  const rule = result.error.issues.map((issue) => issue.message).join(", ");
  const problem = knob.secret ? { variable, rule } : { variable, value: text, rule };
  return { value: undefined, text, source, variable, problem };
}

function failed(source: Source, problem: ConfigProblem): Reading<never> {
  return { value: undefined, text: undefined, source, variable: problem.variable, problem };
}
