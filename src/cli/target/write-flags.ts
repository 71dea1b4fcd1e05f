/** The flags that make changes of targets safe to try and to repeat. */
import type { Command } from "commander";
import type { ActionFlags } from "../call-flags.ts";

/** Flags of calls that write. */
export interface WriteFlags extends ActionFlags {
  readonly validateOnly?: boolean;
  readonly requestId?: string;
  readonly etag?: string;
}

/** Adds --validate-only and --request-id. */
export function addWriteFlags(command: Command): Command {
  return command
    .optionsGroup("Safety:")
    .option("--validate-only", "run every check and write nothing")
    .option("--request-id <uuid>", "makes the call safe to repeat for 24 hours");
}

/**
 * Adds --etag.
 *
 * @param shownBy the command that shows it
 */
export function addEtagFlag(command: Command, shownBy = "get"): Command {
  return command
    .optionsGroup("Safety:")
    .option("--etag <etag>", `only if this is still the current etag, as ${shownBy} shows it`);
}

/** The fields for the flags of {@link addWriteFlags} and {@link addEtagFlag}. */
export function writeFields({ validateOnly, requestId, etag }: WriteFlags): {
  validateOnly: boolean;
  requestId?: string;
  etag?: string;
} {
  return {
    validateOnly: validateOnly === true,
    ...(requestId === undefined ? {} : { requestId }),
    ...(etag === undefined ? {} : { etag }),
  };
}
