/** targetd config: what the server would start with. */
import type { Command } from "commander";
import { settingsMarkdown } from "../config/docs.ts";
import { addExamples } from "./examples.ts";
import type { Io } from "./io.ts";
import { addSettingFlags, configFrom, type SettingOptions } from "./setting-flags.ts";
import { columns, printable } from "./text.ts";

type Options = SettingOptions & { readonly json?: boolean; readonly docs?: boolean };

export function addConfigCommand(parent: Command, io: Io): void {
  const command = parent
    .command("config")
    .summary("show the resolved configuration, secrets masked")
    .description("Shows the configuration that serve would start with, and where it came from.")
    .option("--json", "print JSON")
    .option("--docs", "print the table of all settings as Markdown")
    .action((options: Options) => printConfig(options, io));
  addSettingFlags(command);
  addExamples(
    command,
    "targetd config",
    "targetd config --listen 127.0.0.1:9090 --json",
    "targetd config --docs",
  );
}

function printConfig({ json, docs, ...options }: Options, io: Io): void {
  if (docs) {
    io.out(settingsMarkdown());
    return;
  }
  const config = configFrom(options, io);
  for (const warning of config.warnings) io.err(`warning: ${warning}\n`);
  if (json) {
    const { dev, resolved, warnings } = config;
    io.out(`${JSON.stringify({ dev, settings: resolved, warnings }, undefined, 2)}\n`);
    return;
  }
  const rows = config.resolved.map(({ env, value, source }) => [env, printable(value), source]);
  io.out(columns([["VARIABLE", "VALUE", "SOURCE"], ...rows]));
}
