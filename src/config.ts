/**
 * Every setting once: its variable, flag, default, meaning and rule. Read once at start into one
 * complete frozen object, or refused with every mistake named.
 */

import { type EgressSettings, egressKnobs } from "./config/egress.ts";
import { unknownVariables } from "./config/near-name.ts";
import { type NetworkSettings, networkKnobs, networkProblems } from "./config/network.ts";
import { newMasterKey } from "./config/new-master-key.ts";
import { type OidcSettings, oidcKnobs, oidcProblems, oidcWarnings } from "./config/oidc.ts";
import { ConfigError } from "./config/problem.ts";
import { type QuotaSettings, quotaKnobs } from "./config/quotas.ts";
import { type Environment, type Knob, type Reading, readKnob, type Source } from "./config/read.ts";
import { type RetentionSettings, retentionKnobs } from "./config/retention.ts";
import {
  booleanRule,
  type ListenAddress,
  type LogLevel,
  listenRule,
  logLevelRule,
  masterKeyRule,
  pathRule,
  publicUrlRule,
  stopTimeRule,
  tokenRule,
} from "./config/rules.ts";
import { type StoreSettings, storeKnobs, storeProblems, storeWarnings } from "./config/store.ts";
import { type TracingSettings, tracingKnobs, tracingWarnings } from "./config/tracing.ts";

/** What the settings come to. {@link knobs} says what each means. */
export interface Settings
  extends NetworkSettings,
    OidcSettings,
    EgressSettings,
    TracingSettings,
    RetentionSettings,
    QuotaSettings,
    StoreSettings {
  readonly listen: ListenAddress;
  readonly dataDir: string;
  /** 32 bytes; undefined: kept in the data directory. */
  readonly masterKey: Uint8Array | undefined;
  /** Undefined: made at the first start. */
  readonly bootstrapToken: string | undefined;
  readonly featureActions: boolean;
  /** Without trailing slash. When it is not given and the port is 0, it ends in ":0". */
  readonly publicUrl: string;
  readonly log: LogLevel;
  /** Milliseconds. */
  readonly shutdownTimeout: number;
}

/** Name of a setting, and of its flag in camel case. */
export type SettingName = keyof Settings;

/** The settings of the server. `targetd config --docs` prints this table. */
export const knobs: { readonly [Name in SettingName]: Knob<Settings[Name]> } = {
  listen: {
    env: "TARGETD_LISTEN",
    flag: "--listen <host:port>",
    default: "127.0.0.1:8080",
    meaning: "Address to listen on; port 0 picks a free one",
    secret: false,
    rule: listenRule,
  },
  dataDir: {
    env: "TARGETD_DATA_DIR",
    flag: "--data-dir <path>",
    default: "./data",
    meaning: "Directory of database, master.key and admin.pat",
    secret: false,
    rule: pathRule,
  },
  ...storeKnobs,
  masterKey: {
    env: "TARGETD_MASTER_KEY",
    flag: undefined,
    default: undefined,
    otherwise: "master.key in the data directory, made at first start",
    meaning: "Key that seals stored secrets: 32 bytes, base64",
    secret: true,
    rule: masterKeyRule,
  },
  bootstrapToken: {
    env: "TARGETD_BOOTSTRAP_TOKEN",
    flag: undefined,
    default: undefined,
    otherwise: "made at first start, written to admin.pat",
    meaning: "First IAM_OWNER token, at least 32 characters",
    secret: true,
    rule: tokenRule,
  },
  ...oidcKnobs,
  featureActions: {
    env: "TARGETD_FEATURE_ACTIONS",
    flag: "--feature-actions [true|false]",
    default: "true",
    meaning: "Switches the action API on or off",
    secret: false,
    rule: booleanRule,
  },
  publicUrl: {
    env: "TARGETD_PUBLIC_URL",
    flag: "--public-url <url>",
    default: undefined,
    otherwise: "http://<listen>, https with a certificate",
    meaning: "URL under which clients reach the server",
    secret: false,
    rule: publicUrlRule,
  },
  log: {
    env: "TARGETD_LOG",
    flag: "--log <level>",
    default: "info",
    meaning: "Log level from trace to fatal, or silent",
    secret: false,
    rule: logLevelRule,
  },
  ...egressKnobs,
  ...networkKnobs,
  ...tracingKnobs,
  shutdownTimeout: {
    env: "TARGETD_SHUTDOWN_TIMEOUT",
    flag: "--shutdown-timeout <duration>",
    default: "30s",
    meaning: "Longest wait for calls under way at the stop",
    secret: false,
    rule: stopTimeRule,
  },
  ...retentionKnobs,
  ...quotaKnobs,
};

/** Variables of the client commands; the server does not read them. */
export const clientVariables = [
  {
    env: "TARGETD_ADDRESS",
    default: "http://127.0.0.1:8080",
    meaning: "Server that the client commands talk to",
  },
  { env: "TARGETD_TOKEN", default: "(unset)", meaning: "Access token of the client commands" },
  {
    env: "TARGETD_TOKEN_FILE",
    default: "admin.pat in the data directory, for a loopback address only",
    meaning: "File that holds that token",
  },
  {
    env: "TARGETD_PROFILE",
    default: "the one that profile use chose",
    meaning: "Profile that gives address and token file where no variable does",
  },
  {
    env: "TARGETD_CONFIG",
    default: "targetd/config.json in the user's configuration folder",
    meaning: "File that holds the profiles",
  },
  {
    env: "TARGETD_SOURCE_TOKEN",
    default: "(unset)",
    meaning: "Access token of the server that import reads from",
  },
  {
    env: "TARGETD_SOURCE_TOKEN_FILE",
    default: "(unset)",
    meaning: "File that holds that token",
  },
  {
    env: "TARGETD_SIGNING_KEY",
    default: "that of the target, where the access token may read it",
    meaning: "Signing key by which listen --target verifies calls",
  },
  {
    env: "TARGETD_SIGNING_KEY_FILE",
    default: "(unset)",
    meaning: "File that holds that key",
  },
] as const;

/** One setting as it was resolved, safe to print. */
export interface ResolvedSetting {
  readonly env: string;
  readonly value: string;
  readonly source: Source;
}

/** The whole configuration of the server, frozen. */
export interface Config extends Settings {
  /**
   * Development: the log is for people, targets may be on loopback, and an issuer there may use http.
   */
  readonly dev: boolean;
  /** Mistakes that do not stop the start, such as misspelled variables. */
  readonly warnings: readonly string[];
  /** The settings in the order of the table, secrets masked. */
  readonly resolved: readonly ResolvedSetting[];
}

/** Where {@link loadConfig} takes values from. */
export interface ConfigInput {
  readonly env: Environment;
  /** Texts of the flags that were given. */
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly dev: boolean;
}

type Readings = { readonly [Name in SettingName]: Reading<Settings[Name]> };

/**
 * Reads the configuration.
 *
 * @throws ConfigError with every problem at once
 */
export function loadConfig(input: ConfigInput): Config {
  const names = Object.keys(knobs) as SettingName[];
  const readings = Object.fromEntries(
    names.map((name) => [name, readKnob<unknown>(knobs[name], input.env, input.flags[name])]),
  ) as Readings;
  const problems = names.flatMap((name) => readings[name].problem ?? []);
  problems.push(
    ...networkProblems(readings),
    ...oidcProblems(readings, input.dev),
    ...storeProblems(readings),
  );
  if (problems.length > 0) throw new ConfigError(problems);

  const values = Object.fromEntries(names.map((name) => [name, readings[name].value]));
  const settings = {
    ...values,
    publicUrl: readings.publicUrl.value ?? ownUrl(readings),
  } as Settings;
  return Object.freeze({
    ...settings,
    listen: Object.freeze({ ...settings.listen }),
    dev: input.dev,
    warnings: Object.freeze([
      ...unknownVariables(setNames(input.env), knownVariables()),
      ...oidcWarnings(readings),
      ...tracingWarnings(readings),
      ...storeWarnings(readings),
    ]),
    resolved: Object.freeze(names.map((name) => resolve(name, readings))),
  });
}

/** The public URL when none is given. */
function ownUrl({ listen, tlsCert }: Readings): string {
  return `${tlsCert.value === undefined ? "http" : "https"}://${listen.text}`;
}

function resolve(name: SettingName, readings: Readings): ResolvedSetting {
  const { env, secret, otherwise = "", masked = () => "********" } = knobs[name];
  const { text, source } = readings[name];
  const shown = secret && text !== undefined ? masked(text) : (text ?? `(${otherwise})`);
  const value = name === "publicUrl" && text === undefined ? ownUrl(readings) : shown;
  return Object.freeze({ env, value, source });
}

function setNames(env: Environment): string[] {
  return Object.keys(env).filter((name) => env[name] !== undefined);
}

function knownVariables(): string[] {
  const server = [...Object.values(knobs), newMasterKey].flatMap(({ env, secret }) =>
    secret ? [env, `${env}_FILE`] : [env],
  );
  return [...server, ...clientVariables.map(({ env }) => env)];
}
