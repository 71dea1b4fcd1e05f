/** What the files of deploy/ have in common: the settings that a server would start with. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, loadConfig } from "../../src/config.ts";
import { readContainerfile, variablesOf } from "./containerfile.ts";
import { root } from "./process.ts";
import { temporaryFolder } from "./tool.ts";

export const readRepository = (path: string) => readFileSync(join(root, path), "utf8");

/** The image's own variables. */
export const imageVariables = () =>
  variablesOf(readContainerfile(readRepository("deploy/Containerfile")));

/** What the secrets of docs/deploy.md would hold. */
const secrets: Readonly<Record<string, string>> = {
  store: "postgres://targetd:secret@db.example.com/targetd",
  "master-key": Buffer.alloc(32, 7).toString("base64"),
  "bootstrap-token": "a-token-of-at-least-32-characters",
};

/**
 * The configuration of a server with these variables; files of secrets are made up.
 *
 * @param folder where the secrets are mounted
 * @throws ConfigError when it would not start
 */
export function configOf(variables: Readonly<Record<string, string>>, folder: string): Config {
  const files = temporaryFolder();
  const env = Object.entries(variables).map(([name, value]) => {
    if (!name.endsWith("_FILE")) return [name, value];
    const secret = value.startsWith(`${folder}/`) ? value.slice(folder.length + 1) : "";
    const path = join(files, secret);
    writeFileSync(path, secrets[secret] ?? "");
    return [name, path];
  });
  return loadConfig({ env: Object.fromEntries(env), flags: {}, dev: false });
}

/** How long a stop may take, in seconds: the drain, the calls under way, and 5 s for the last traces. */
export function longestStop({ drainDelay, shutdownTimeout }: Config): number {
  return (drainDelay + shutdownTimeout) / 1000 + 5;
}

/** Names of variables that hold a secret where they do not name its file. */
export const secretNames = /PASSWORD$|MASTER_KEY$|TOKEN$|_STORE$|HEADERS$|PROXY$/;
