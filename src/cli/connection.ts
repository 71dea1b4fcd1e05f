/** Which server the client commands talk to, and with which token. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../config/read.ts";
import { isLoopback, publicUrlRule } from "../config/rules.ts";
import { clientVariables, knobs } from "../config.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";

export interface Connection {
  /** URL without a trailing slash. */
  readonly address: string;
  readonly token: string;
  /** Where the token came from, for messages. */
  readonly tokenSource: string;
}

/** Flags of every client command. */
export interface ConnectionFlags {
  readonly address?: string;
  readonly tokenFile?: string;
}

const [addressVariable, tokenVariable, tokenFileVariable] = clientVariables;

/**
 * Resolves address and token: flags before environment before defaults.
 *
 * @throws CliError usage for a bad flag, config for everything else
 */
export function connectionFrom(flags: ConnectionFlags, env: Environment): Connection {
  return { address: addressFrom(flags, env), ...tokenFrom(flags, env) };
}

/** Tells whether the token would cross a network in the clear. */
export function exposesToken({ address }: Connection): boolean {
  const url = new URL(address);
  return url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
}

function addressFrom(flags: ConnectionFlags, env: Environment): string {
  const text = flags.address ?? (env[addressVariable.env] || addressVariable.default);
  const result = publicUrlRule.safeParse(text);
  if (result.success) return result.data;
  const [exitCode, name] =
    flags.address === undefined
      ? [exitCodes.config, addressVariable.env]
      : [exitCodes.usage, "--address"];
  const rule = result.error.issues[0]?.message;
  throw new CliError(exitCode, `${name}: ${JSON.stringify(text)} ${rule}`);
}

type Token = Pick<Connection, "token" | "tokenSource">;

function tokenFrom(flags: ConnectionFlags, env: Environment): Token {
  if (flags.tokenFile !== undefined) return tokenIn(flags.tokenFile, flags.tokenFile);
  const token = env[tokenVariable.env];
  const file = env[tokenFileVariable.env];
  if (token && file) {
    const message = `${tokenVariable.env} and ${tokenFileVariable.env} must not both be set`;
    throw new CliError(exitCodes.config, message);
  }
  if (token) return checked(token, tokenVariable.env);
  // The path is not shown: a token may have been put into the wrong variable.
  if (file) return tokenIn(file, `the file of ${tokenFileVariable.env}`);
  const directory = env[knobs.dataDir.env] || (knobs.dataDir.default ?? "");
  const path = join(directory, "admin.pat");
  return tokenIn(path, path);
}

function tokenIn(path: string, source: string): Token {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new CliError(exitCodes.config, `no access token: ${source} cannot be read (${reason})`, {
      hint:
        `the first "targetd serve" writes admin.pat into its data directory; ` +
        `name the file with --token-file or set ${tokenVariable.env}`,
    });
  }
  return checked(text.trim(), source);
}

function checked(token: string, tokenSource: string): Token {
  if (/^[\x21-\x7e]+$/.test(token)) return { token, tokenSource };
  throw new CliError(exitCodes.config, `${tokenSource} does not hold an access token`);
}
