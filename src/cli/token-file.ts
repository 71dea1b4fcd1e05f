/** Paths of token files, and the mistake of giving the token in their place. */
import { readFileSync } from "node:fs";
import { CliError } from "./cli-error.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** Begins of tokens: those of targetd, JWTs and JWEs, and whatever has the scheme before it. */
const tokenForms = [/^tgd_[0-9a-z]+_./, /^eyJ[\w-]*\.[\w-]+\./, /^bearer /i];

/** Tells whether the last part of a path, or a text without any, looks like an access token. */
export function isToken(path: string): boolean {
  const last = path.trim().split(/[/\\]/).at(-1) ?? "";
  return tokenForms.some((form) => form.test(last));
}

/**
 * Checks a path that a flag or a variable gives. Messages never hold it, as it may be a token whose
 * form is unknown.
 *
 * @param source names the flag or variable
 * @throws CliError when it looks like a token
 */
export function checkTokenPath(path: string, source: string, exitCode: ExitCode): void {
  if (!isToken(path)) return;
  const remembered = exitCode === exitCodes.usage ? "; your shell may remember this one" : "";
  throw new CliError(
    exitCode,
    `${source} must be the path of a file, not the access token itself`,
    {
      hint: `write the token to a file of mode 0600, or give it in TARGETD_TOKEN${remembered}`,
    },
  );
}

/**
 * Reads a token.
 *
 * @param source names the file in errors
 * @param hint what to do when there is none
 * @throws CliError config
 */
export function readTokenFile(path: string, source: string, hint: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
    const message = `no access token: ${source} cannot be read (${reason})`;
    throw new CliError(exitCodes.config, message, { hint });
  }
}

/** @throws CliError config for a text that cannot be an access token */
export function checkedToken(token: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CliError(exitCodes.config, `${source} does not hold an access token`);
}
