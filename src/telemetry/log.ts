/** The log of the server: JSON lines for machines, coloured lines for people; secrets removed. */
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from "pino";
import pretty from "pino-pretty";
import type { LogLevel } from "../config/rules.ts";
import { censor, secretNames, withoutSecrets } from "./redact.ts";

export type { Logger } from "pino";

export interface LogOptions {
  readonly level: LogLevel;
  /** Lines for people instead of JSON. */
  readonly pretty: boolean;
  /** Colours in those lines. */
  readonly colour: boolean;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/**
 * Creates the log. Lines are written at once and in this thread, so that none is lost when the
 * process ends.
 */
export function createLog(options: LogOptions): Logger {
  const target = options.destination ?? destination({ fd: 1, sync: true });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: withoutSecrets,
      },
      // Fields of child logs do not pass the formatter above; paths without wildcards are cheap.
      redact: { paths: secretNames.map((name) => `["${name}"]`), censor },
    },
    options.pretty ? prettyLines(target, options.colour) : target,
  );
}

function prettyLines(target: DestinationStream, colour: boolean): DestinationStream {
  const format = pretty.prettyFactory({
    colorize: colour,
    translateTime: "SYS:HH:MM:ss.l",
    ignore: "pid,hostname",
    singleLine: true,
  });
  return { write: (line) => target.write(format(JSON.parse(line))) };
}
