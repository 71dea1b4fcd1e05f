/** Servers that commands ask besides the one that they work for. */
import { isLoopback, publicUrlRule } from "../config/rules.ts";
import { CliError } from "./cli-error.ts";
import type { Peer } from "./connection-failure.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * The server at a URL, http or https.
 *
 * @param flag that gave the URL
 * @throws CliError usage
 */
export function upstreamAt(url: string, flag: string): Peer {
  const result = publicUrlRule.safeParse(url);
  if (result.success) return { address: result.data, addressSource: flag, upstream: true };
  const rule = result.error.issues[0]?.message;
  throw new CliError(exitCodes.usage, `${flag}: ${JSON.stringify(url)} ${rule}`);
}

/** Tells whether what is sent to an address can be read on the way. */
export function isExposed({ address }: Pick<Peer, "address">): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "http:" && !isLoopback(hostname.replace(/^\[|\]$/g, ""));
}
