/** The flags about the call itself: where to, with which token, how to print. */
import { type DescMessage, type MessageShape, toJsonString } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type { ConnectionFlags } from "./connection.ts";
import type { Io } from "./io.ts";

export interface CallFlags extends ConnectionFlags {
  readonly json?: boolean;
}

/** Flags of calls that executions can be around. */
export interface ActionFlags extends CallFlags {
  readonly skipExecutions?: boolean;
}

/** Adds the flags that every call has. */
export function addCallFlags(command: Command): Command {
  return command
    .optionsGroup("Call:")
    .option("--address <url>", "server to call (TARGETD_ADDRESS, default http://127.0.0.1:8080)")
    .option("--token-file <path>", "file that holds the access token (TARGETD_TOKEN_FILE)")
    .option("--profile <name>", "profile that gives what the other two do not (TARGETD_PROFILE)")
    .option("--json", "print the answer as JSON");
}

/** Adds the flags of calls to the action API, in front of which targets can be (contract.md section 6). */
export function addActionFlags(command: Command): Command {
  return addCallFlags(command).option(
    "--skip-executions",
    "call no targets before and after this call, which the history then tells",
  );
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
