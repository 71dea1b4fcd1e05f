/** Paths of token files, and the mistake of giving the token in their place. */
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
