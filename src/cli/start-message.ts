/** What serve prints once it listens. */
import type { App } from "../app.ts";
import { type Config, knobs } from "../config.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Io } from "./io.ts";
import { shellWord } from "./text.ts";

/** Where a token that works can be had, without the token. */
interface TokenPlace {
  /** For people and logs. */
  readonly place: string;
  /** A shell expression that yields the token. */
  readonly shell: string;
}

/**
 * Writes the line that contains "listening on <url>" whatever the log level, with the place of the
 * admin token; in development also a command to try next.
 */
export function announce(
  app: App,
  config: Config,
  parts: { readonly io: Io; readonly log: Logger; readonly pretty: boolean },
): void {
  const { io, log, pretty } = parts;
  const token = tokenPlace(app, config);
  const ready = log.child({}, { level: "info" });
  const message = `listening on ${app.url}`;
  if (!pretty) {
    ready.info({ url: app.url, adminToken: token?.place }, message);
    return;
  }
  ready.info(message);
  if (config.console) io.out(`web console: ${app.url}/ui/\n`);
  if (token !== undefined) io.out(`admin token: ${token.place}\n`);
  if (config.dev && token !== undefined) io.out(`\n${createCommand(app.url, token.shell)}\n`);
}

function tokenPlace({ adminToken }: App, config: Config): TokenPlace | undefined {
  if (adminToken === undefined) return undefined;
  if (adminToken.kind === "file") {
    const { path } = adminToken;
    return { place: path, shell: `$(cat ${shellWord(path)})` };
  }
  const { env } = knobs.bootstrapToken;
  const source = config.resolved.find((setting) => setting.env === env)?.source;
  return source === "file"
    ? { place: `the one in the file of ${env}_FILE`, shell: `$(cat "$${env}_FILE")` }
    : { place: `the one in ${env}`, shell: `$${env}` };
}

function createCommand(url: string, token: string): string {
  const body = {
    name: "my-target",
    restWebhook: { interruptOnError: true },
    timeout: "10s",
    endpoint: "http://127.0.0.1:9000/hook",
  };
  return [
    "Create a target:",
    "",
    `  curl ${shellWord(`${url}/v2/actions/targets`)} \\`,
    `    -H "Authorization: Bearer ${token}" \\`,
    `    -d '${JSON.stringify(body)}'`,
  ].join("\n");
}
