/** targetd event publish */
import { readFileSync } from "node:fs";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  EventService,
  PublishEventsResponseSchema,
} from "../../../gen/targetd/v1/event_service_pb.ts";
import { countArgument, momentArgument } from "../arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";

interface Flags extends CallFlags {
  readonly id?: string;
  readonly payload?: JsonObject;
  readonly payloadFile?: string;
  readonly aggregateType?: string;
  readonly aggregateVersion?: string;
  readonly resourceOwner?: string;
  readonly sequence?: number;
  readonly user?: string;
  readonly created?: Timestamp;
}

export function addPublishCommand(parent: Command, io: Io): void {
  const command = parent
    .command("publish")
    .summary("publish one event")
    .description(
      "Publishes an event and prints its id. When it returns, every delivery of it is on disk. To " +
        "repeat a call safely give the id yourself: an id that was published does nothing again.",
    )
    .argument("<type>", "type of the event, such as user.human.added")
    .argument("<aggregate-id>", "id of what it happened to")
    .optionsGroup("Event:")
    .option("--id <id>", "id of the event, a new one unless given")
    .addOption(
      new Option("--payload <json>", "what else there is to tell, a JSON object")
        .argParser(payloadArgument)
        .conflicts("payloadFile"),
    )
    .option("--payload-file <path>", "file that holds the payload")
    .option("--aggregate-type <type>", "kind of what it happened to, such as user")
    .option("--aggregate-version <version>", "version of the aggregate's events, such as v2")
    .option("--resource-owner <id>", "who owns what it happened to")
    .option("--sequence <number>", "place among the events", countArgument(Number.MAX_SAFE_INTEGER))
    .option("--user <id>", "who did it")
    .option("--created <when>", "when it happened: so long ago, or a date", momentArgument("ago"))
    .action((type: string, aggregateId: string, flags: Flags) =>
      publishEvent({ type, aggregateId }, flags, io),
    );
  addCallFlags(command);
  addExamples(
    command,
    `targetd event publish user.human.added 17 --payload '{"email": "a@example.com"}'`,
    "targetd event publish order.paid 4711 --id order-4711-paid --payload-file order.json",
  );
}

async function publishEvent(
  about: { readonly type: string; readonly aggregateId: string },
  flags: Flags,
  io: Io,
): Promise<void> {
  const id = flags.id ?? crypto.randomUUID();
  const event = { ...about, id, ...fieldsFrom(flags) };
  const answer = await withClient(EventService, flags, io, (client) =>
    client.publishEvents({ events: [event] }),
  );
  printAnswer(PublishEventsResponseSchema, answer, flags, io, () => {
    io.out(`${id}\n`);
    const [count = 0] = answer.deliveries;
    if (count > 0) io.err(`deliveries: ${count}\n`);
    else io.err("no deliveries: no execution matches, or the id was published before\n");
  });
}

function fieldsFrom(flags: Flags) {
  const { aggregateType, aggregateVersion, resourceOwner, sequence, user, created } = flags;
  const payload = flags.payloadFile === undefined ? flags.payload : payloadIn(flags.payloadFile);
  return {
    aggregateType: aggregateType ?? "",
    version: aggregateVersion ?? "",
    resourceOwner: resourceOwner ?? "",
    sequence: BigInt(sequence ?? 0),
    userId: user ?? "",
    ...(created && { createdAt: created }),
    ...(payload && { payload }),
  };
}

function payloadArgument(text: string): JsonObject {
  const payload = parsePayload(text);
  if (payload === undefined) throw new InvalidArgumentError("It must be a JSON object.");
  return payload;
}

/** @throws CliError usage */
function payloadIn(path: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new CliError(exitCodes.usage, `--payload-file ${path} cannot be read (${reason})`);
  }
  const payload = parsePayload(text);
  if (payload === undefined) {
    throw new CliError(exitCodes.usage, `--payload-file ${path} must hold a JSON object`);
  }
  return payload;
}

function parsePayload(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
