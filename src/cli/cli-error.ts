import type { ExitCode } from "./exit-codes.ts";

/** What an error may say besides its message. */
export interface CliErrorOptions {
  /** Lines below the message, such as field violations. */
  readonly details?: readonly string[];
  /** What to try next. */
  readonly hint?: string | undefined;
}

/** A failure that the user should read: printed without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly exitCode: ExitCode;
  readonly details: readonly string[];
  readonly hint: string | undefined;

  constructor(exitCode: ExitCode, message: string, options: CliErrorOptions = {}) {
    super(message);
    this.exitCode = exitCode;
    this.details = options.details ?? [];
    this.hint = options.hint;
  }
}

/** The text for standard error, ending in a newline. */
export function errorText(error: CliError): string {
  const lines = [`error: ${error.message}`, ...error.details.map((line) => `  ${line}`)];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  return `${lines.join("\n")}\n`;
}
