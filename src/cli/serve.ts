/** targetd serve: runs the server until it is told to stop. */
import type { Command } from "commander";
import type { App, AppOptions } from "../app.ts";
import { ConfigError } from "../config/problem.ts";
import type { Config } from "../config.ts";
import { createLog, type Logger } from "../telemetry/log.ts";
import { CliError } from "./cli-error.ts";
import { addExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { addSettingFlags, configFrom, type SettingOptions } from "./setting-flags.ts";
import { announce } from "./start-message.ts";

export function addServeCommand(parent: Command, io: Io): void {
  const command = parent
    .command("serve")
    .summary("run the server")
    .description("Runs the server until SIGTERM or SIGINT; a second signal ends it at once.")
    .action(async (options: SettingOptions) => {
      const config = configFrom(options, io);
      const pretty = config.dev || io.terminal;
      const log = createLog({ level: config.log, pretty, colour: io.terminal });
      // Loaded here so that the client commands start without the database driver, and late, so that
      // a signal meanwhile is heard.
      const start: ServeParts["start"] = async (...args) =>
        (await import("../app.ts")).buildApp(...args);
      const exit = (code: number): void => process.exit(code);
      await serve(config, { io, log, pretty, start, signals: process, exit });
    });
  addSettingFlags(command);
  addExamples(
    command,
    "targetd serve --dev",
    "targetd serve --listen 127.0.0.1:9090 --data-dir /var/lib/targetd",
    "TARGETD_MASTER_KEY_FILE=/run/secrets/key targetd serve --log warn",
  );
}

/** What {@link serve} works with. */
export interface ServeParts {
  readonly io: Io;
  readonly log: Logger;
  /** The log is for people. */
  readonly pretty: boolean;
  /** Rejects with the reason of the signal when that ends the start. */
  readonly start: (
    config: Config,
    log: Logger,
    options: AppOptions & { readonly signal: AbortSignal },
  ) => Promise<App>;
  /** Where signals arrive, as process. */
  readonly signals: Pick<NodeJS.EventEmitter, "on" | "off">;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

/**
 * Starts the server, says where it is, and resolves when it has stopped after a signal. A signal
 * before the port is open ends the start.
 *
 * @throws CliError when it cannot start
 */
export async function serve(config: Config, parts: ServeParts): Promise<void> {
  const { log } = parts;
  const stopping = Promise.withResolvers<string>();
  const starting = new AbortController();
  const onSignal = (signal: string): void => {
    if (starting.signal.aborted) parts.exit(exitCodes.failure);
    starting.abort(new Error(`stopped by ${signal}`));
    stopping.resolve(signal);
  };
  for (const name of stopSignals) parts.signals.on(name, onSignal);
  try {
    for (const warning of config.warnings) log.warn(warning);
    const { signal } = starting;
    const app = await parts.start(config, log, { signal }).catch((cause: unknown) => {
      if (signal.aborted && cause === signal.reason) return undefined;
      throw startFailure(config, cause);
    });
    if (app !== undefined && !signal.aborted) announce(app, config, parts);
    log.info({ signal: await stopping.promise }, "stopping");
    await app?.stop();
    log.info("stopped");
  } finally {
    for (const name of stopSignals) parts.signals.off(name, onSignal);
  }
}

const stopSignals = ["SIGTERM", "SIGINT"] as const;

/** What to say about a listening address that cannot be had, by the system's error code. */
const listenFailures: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "is in use by another process"],
  ["EACCES", "may not be used without more rights; ports below 1024 often need them"],
  ["EADDRNOTAVAIL", "is not an address of this machine"],
  ["ENOTFOUND", "is not a name that can be resolved"],
]);

function startFailure(config: Config, cause: unknown): Error {
  if (cause instanceof ConfigError) return cause;
  const error = cause instanceof Error ? (cause as NodeJS.ErrnoException) : undefined;
  const stack = config.log === "debug" || config.log === "trace" ? error?.stack : undefined;
  const details = stack === undefined ? [] : stack.split("\n");
  const listening = error?.syscall === "listen" || error?.syscall === "getaddrinfo";
  const reason = listening ? listenFailures.get(error?.code ?? "") : undefined;
  if (reason !== undefined) {
    const { host, port } = config.listen;
    return new CliError(exitCodes.failure, `cannot listen: ${host} port ${port} ${reason}`, {
      details,
      hint: "choose another address with --listen or TARGETD_LISTEN",
    });
  }
  const message = error?.message ?? String(cause);
  return new CliError(exitCodes.failure, `the server cannot start: ${message}`, { details });
}
