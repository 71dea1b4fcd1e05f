/** The flags that mirror the settings of the server. */
import type { Command } from "commander";
import { type Config, knobs, loadConfig, type SettingName } from "../config.ts";
import type { Io } from "./io.ts";

/** What commander makes of these flags: true for one that needs no value and has none. */
export type SettingOptions = Partial<Record<SettingName, string | true>> & {
  readonly dev?: boolean;
};

/** Adds one flag for every setting that is not secret, and --dev. */
export function addSettingFlags(command: Command): Command {
  command.optionsGroup("Settings:");
  for (const { flag, env, meaning, otherwise, ...knob } of Object.values(knobs)) {
    if (flag === undefined) continue;
    command.option(flag, `${meaning} (${env}, default ${knob.default ?? otherwise})`);
  }
  return command.option(
    "--dev",
    "Development: log for people, a command to try next, targets and http issuers on loopback",
  );
}

/**
 * The configuration from flags and environment.
 *
 * @throws ConfigError with every problem at once
 */
export function configFrom({ dev = false, ...options }: SettingOptions, io: Io): Config {
  const flags = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, String(value)]),
  );
  return loadConfig({ env: io.env, flags, dev });
}
