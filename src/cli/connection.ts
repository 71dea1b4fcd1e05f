/** Which server the client commands talk to, and with which token. */
import { join } from "node:path";
import type { Environment } from "../config/read.ts";
import { isLoopback, publicUrlRule } from "../config/rules.ts";
import { clientVariables, knobs } from "../config.ts";
import { CliError } from "./cli-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { type SelectedProfile, selectProfile } from "./profile/select.ts";
import { checkedToken, checkTokenPath, readTokenFile } from "./token-file.ts";
import { isExposed } from "./upstream.ts";

export interface Connection {
  /** URL without a trailing slash. */
  readonly address: string;
  /** Where the address came from, for messages. */
  readonly addressSource: string;
  readonly token: string;
  /** Where the token came from, for messages. */
  readonly tokenSource: string;
  /** What the user may not expect. */
  readonly warnings: readonly string[];
}

/** Flags of every client command. */
export interface ConnectionFlags {
  readonly address?: string;
  readonly tokenFile?: string;
  readonly profile?: string;
}

const [addressVariable, tokenVariable, tokenFileVariable, profileVariable] = clientVariables;

/**
 * Resolves address and token: flags before environment before profile before defaults.
 *
 * @throws CliError usage for a bad flag, config for everything else
 */
export function connectionFrom(flags: ConnectionFlags, env: Environment): Connection {
  const profile = profileFrom(flags, env);
  const target = addressFrom(flags, env, profile);
  const connection = { ...target, ...tokenFrom(flags, env, { profile, address: target.address }) };
  const warnings = profile?.named ? overrides(flags, env, profile) : [];
  if (isExposed(connection)) {
    warnings.push(`the access token travels in cleartext to ${connection.address}`);
  }
  return { ...connection, warnings };
}

/** The file is not read where nothing in it could matter. */
function profileFrom(flags: ConnectionFlags, env: Environment): SelectedProfile | undefined {
  const addressGiven = flags.address !== undefined || Boolean(env[addressVariable.env]);
  const tokenGiven =
    flags.tokenFile !== undefined || Boolean(env[tokenVariable.env] || env[tokenFileVariable.env]);
  const named = flags.profile !== undefined || Boolean(env[profileVariable.env]);
  return named || !addressGiven || !tokenGiven ? selectProfile(flags.profile, env) : undefined;
}

/** Warns of variables left over in the shell that go before the profile that was asked for. */
function overrides(flags: ConnectionFlags, env: Environment, profile: SelectedProfile): string[] {
  const address = flags.address === undefined && profile.address !== undefined;
  const token = flags.tokenFile === undefined && profile.tokenFile !== undefined;
  return [
    ...(address ? [addressVariable.env] : []),
    ...(token ? [tokenVariable.env, tokenFileVariable.env] : []),
  ]
    .filter((name) => env[name])
    .map((name) => `${name} is set and goes before the profile ${profile.name}`);
}

function isLocal(address: string): boolean {
  return isLoopback(new URL(address).hostname.replace(/^\[|\]$/g, ""));
}

function addressFrom(
  flags: ConnectionFlags,
  env: Environment,
  profile: SelectedProfile | undefined,
): Pick<Connection, "address" | "addressSource"> {
  const variable = env[addressVariable.env];
  const given =
    flags.address !== undefined
      ? ([flags.address, "--address", exitCodes.usage] as const)
      : variable
        ? ([variable, addressVariable.env, exitCodes.config] as const)
        : undefined;
  if (given === undefined) {
    return profile?.address === undefined
      ? { address: addressVariable.default, addressSource: "the default" }
      : { address: profile.address, addressSource: `the profile ${profile.name}` };
  }
  const [text, addressSource, exitCode] = given;
  const result = publicUrlRule.safeParse(text);
  if (result.success) return { address: result.data, addressSource };
  const rule = result.error.issues[0]?.message;
  throw new CliError(exitCode, `${addressSource}: ${JSON.stringify(text)} ${rule}`);
}

type Token = Pick<Connection, "token" | "tokenSource">;

/** What a token that is not given must fit. */
interface Destination {
  readonly profile: SelectedProfile | undefined;
  readonly address: string;
}

function tokenFrom(flags: ConnectionFlags, env: Environment, destination: Destination): Token {
  // The paths are not shown: a token may have been put where its file belongs.
  if (flags.tokenFile !== undefined) {
    checkTokenPath(flags.tokenFile, "--token-file", exitCodes.usage);
    return tokenIn(flags.tokenFile, "the file of --token-file");
  }
  const token = env[tokenVariable.env];
  const file = env[tokenFileVariable.env];
  if (token && file) {
    const message = `${tokenVariable.env} and ${tokenFileVariable.env} must not both be set`;
    throw new CliError(exitCodes.config, message);
  }
  if (token) return checked(token, tokenVariable.env);
  if (file) {
    checkTokenPath(file, tokenFileVariable.env, exitCodes.config);
    return tokenIn(file, `the file of ${tokenFileVariable.env}`);
  }
  return impliedToken(env, destination);
}

/** The token that nobody named for this call; it goes only to the server that it is for. */
function impliedToken(env: Environment, { profile, address }: Destination): Token {
  const profileAddress = profile?.address ?? addressVariable.default;
  if (profile?.tokenFile !== undefined && address === profileAddress) {
    const source = `${profile.tokenFile} (profile ${profile.name})`;
    return tokenIn(profile.tokenFile, source, `the file of profile ${profile.name}`);
  }
  if (!isLocal(address)) {
    const unused =
      profile?.tokenFile === undefined
        ? "admin.pat is only for a server on this machine"
        : `the token of profile ${profile.name} is only for ${profileAddress}`;
    throw new CliError(exitCodes.config, `no access token for ${address}: ${unused}`, {
      hint: `name a file with --token-file or set ${tokenVariable.env}`,
    });
  }
  const directory = env[knobs.dataDir.env] || (knobs.dataDir.default ?? "");
  const path = join(directory, "admin.pat");
  return tokenIn(path, `${path} (the default)`);
}

/** @param unread names the source where the path may be no path at all */
function tokenIn(path: string, source: string, unread = source): Token {
  const hint =
    `the first "targetd serve" writes admin.pat into its data directory; ` +
    `name the file with --token-file, set ${tokenVariable.env} or choose a profile`;
  return checked(readTokenFile(path, unread, hint), source);
}

function checked(token: string, tokenSource: string): Token {
  return { token: checkedToken(token, tokenSource), tokenSource };
}
