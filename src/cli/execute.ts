/** targetd execute */
import type { JsonObject, JsonValue, MessageInitShape } from "@bufbuild/protobuf";
import { type Duration, durationMs, type Value } from "@bufbuild/protobuf/wkt";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  type ExecuteRequestSchema,
  type ExecuteResponse,
  ExecuteResponseSchema,
  ExecutionService,
  TargetResult_Outcome as Outcome,
  type TargetResult,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import { fromValue, toValue } from "../rpc/value.ts";
import { durationArgument } from "./arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "./call-flags.ts";
import { CliError } from "./cli-error.ts";
import { withClient } from "./client.ts";
import { addExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { columns, lapseText, printable } from "./text.ts";

interface Flags extends CallFlags {
  readonly request?: string;
  readonly response?: string;
  readonly function?: string;
  readonly message?: Value;
  readonly requestMessage?: Value;
  readonly payload?: JsonObject;
  readonly user?: string;
  readonly org?: string;
  readonly project?: string;
  readonly timeout: Duration;
}

export function addExecuteCommand(parent: Command, io: Io): void {
  const command = parent
    .command("execute")
    .summary("try what the targets of a condition do")
    .description(
      "Runs the execution that matches best, as a service would that asks before or after it handles a " +
        "call: its targets are really called. Prints the message from now on, and what became of each " +
        "target. A failure that interrupts is an error.",
    )
    .addOption(
      new Option("--request <method>", "a method is about to be handled").conflicts([
        "response",
        "function",
      ]),
    )
    .addOption(
      new Option("--response <method>", "a method was handled").conflicts(["function", "payload"]),
    )
    .addOption(new Option("--function <name>", "a function runs").conflicts("message"))
    .option("--message <json>", "the request, or with --response the response", valueArgument)
    .option("--request-message <json>", "with --response: the request", valueArgument)
    .option("--payload <json>", "with --function: what the targets are told", objectArgument)
    .option("--user <id>", "id of the user who calls the method")
    .option("--org <id>", "id of that user's organization")
    .option("--project <id>", "id of the project that the call is about")
    .addOption(
      new Option("--timeout <duration>", "time limit of all targets together")
        .argParser(durationArgument)
        .default(durationArgument("5m"), "5m"),
    )
    .action((flags: Flags) => execute(flags, io));
  addCallFlags(command);
  addExamples(
    command,
    `targetd execute --request /shop.v1.Shop/Order --message '{"item": "book"}'`,
    `targetd execute --response /shop.v1.Shop/Order --message '{"id": "1"}' --user 42`,
    `targetd execute --function preaccesstoken --payload '{"user": {"id": "42"}}'`,
  );
}

async function execute(flags: Flags, io: Io): Promise<void> {
  const request = { occurrence: occurrenceFrom(flags) };
  const answer = await withClient(ExecutionService, flags, io, (client) =>
    client.execute(request, { timeoutMs: Math.max(1, durationMs(flags.timeout)) }),
  );
  printAnswer(ExecuteResponseSchema, answer, flags, io, () => {
    const message = fromValue(answer.message);
    if (message !== undefined) io.out(`${JSON.stringify(message, undefined, 2)}\n`);
    io.err(resultsText(answer));
  });
}

type Occurrence = NonNullable<MessageInitShape<typeof ExecuteRequestSchema>["occurrence"]>;

/** @throws CliError usage when nothing happens, or a flag does not belong to what does */
function occurrenceFrom(flags: Flags): Occurrence {
  const { request, response, function: name, payload } = flags;
  if (request === undefined && response === undefined && name === undefined) {
    throw new CliError(exitCodes.usage, "give one of --request, --response and --function");
  }
  if (name === undefined && payload !== undefined) {
    throw new CliError(exitCodes.usage, "--payload belongs to --function");
  }
  if (response === undefined && flags.requestMessage !== undefined) {
    throw new CliError(exitCodes.usage, "--request-message belongs to --response");
  }
  if (name !== undefined) {
    return { case: "function", value: { name, ...(payload && { payload }) } };
  }
  const { message, requestMessage, user = "", org = "", project = "" } = flags;
  const caller = { userId: user, orgId: org, projectId: project };
  if (request !== undefined) {
    return {
      case: "request",
      value: { fullMethod: request, caller, ...field("request", message) },
    };
  }
  const messages = { ...field("request", requestMessage), ...field("response", message) };
  return { case: "response", value: { fullMethod: response ?? "", caller, ...messages } };
}

function field<Name extends string>(name: Name, value: Value | undefined) {
  return value === undefined ? {} : { [name]: value };
}

function resultsText({ condition, replaced, results }: ExecuteResponse): string {
  if (condition === "") return "no execution matches\n";
  const what = replaced ? "replaced" : "as it was";
  const head = printable(`${condition}: the message is ${what}`);
  return `${head}\n${columns(results.map(row))}`;
}

function row(result: TargetResult): string[] {
  const { targetId, outcome, stage, timedOut, httpStatus, duration, error } = result;
  const verdict = outcome === Outcome.SUCCEEDED ? "succeeded" : `failed at ${stage}`;
  const status = httpStatus === 0 ? "" : String(httpStatus);
  const why = timedOut ? `timed out: ${error}` : error;
  return ["", targetId, verdict, status, lapseText(duration), why].map(printable);
}

/** As a message: commander would take null for an empty text. */
function valueArgument(text: string): Value {
  return toValue(jsonArgument(text));
}

function jsonArgument(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError("It must be JSON.");
  }
}

function objectArgument(text: string): JsonObject {
  const json = jsonArgument(text);
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  throw new InvalidArgumentError("It must be a JSON object.");
}
