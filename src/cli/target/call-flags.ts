/** The flags about the call itself: where to, with which token, how to print. */
import { type DescMessage, type MessageShape, toJsonString } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { Io } from "../io.ts";
import type { ConnectionFlags } from "./connection.ts";

export interface CallFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** Flags of calls that write. */
export interface WriteFlags extends CallFlags {
  readonly validateOnly?: boolean;
  readonly requestId?: string;
  readonly etag?: string;
}

/** Adds the flags that every call has. */
export function addCallFlags(command: Command): Command {
  return command
    .optionsGroup("Call:")
    .option("--address <url>", "server to call (TARGETD_ADDRESS, default http://127.0.0.1:8080)")
    .option("--token-file <path>", "file that holds the access token (TARGETD_TOKEN_FILE)")
    .option("--json", "print the answer as JSON");
}

/** Adds --validate-only and --request-id. */
export function addWriteFlags(command: Command): Command {
  return command
    .optionsGroup("Safety:")
    .option("--validate-only", "run every check and write nothing")
    .option("--request-id <uuid>", "makes the call safe to repeat for 24 hours");
}

/** Adds --etag. */
export function addEtagFlag(command: Command): Command {
  return command
    .optionsGroup("Safety:")
    .option("--etag <etag>", "only if this is still the current etag, as get shows it");
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

/** Prints an answer as proto JSON when --json is given; else lets `forPeople` print it. */
export function printAnswer<Desc extends DescMessage>(
  schema: Desc,
  answer: MessageShape<Desc>,
  { json }: CallFlags,
  io: Io,
  forPeople: () => void,
): void {
  if (json) io.out(`${toJsonString(schema, answer, { prettySpaces: 2 })}\n`);
  else forPeople();
}
