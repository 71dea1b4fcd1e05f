/** The values of --header. */
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * Headers by name in lower case. Values stay out of the messages: they are often credentials.
 *
 * @param texts each as "Name: value"
 * @throws CliError usage
 */
export function headersFrom(texts: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const text of texts) {
    const colon = text.indexOf(":");
    if (colon < 1) throw new CliError(exitCodes.usage, '--header must look like "Name: value"');
    const name = text.slice(0, colon).trim().toLowerCase();
    if (headers.has(name)) {
      throw new CliError(exitCodes.usage, `--header gives ${JSON.stringify(name)} twice`);
    }
    headers.set(name, text.slice(colon + 1).trim());
  }
  return Object.fromEntries(headers);
}
