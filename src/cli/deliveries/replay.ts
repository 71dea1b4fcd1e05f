/** targetd deliveries replay */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import {
  type ReplayDeliveriesRequestSchema,
  ReplayDeliveriesResponseSchema,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { momentArgument } from "../arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { withDeliveries } from "./client.ts";

interface Flags extends CallFlags {
  readonly target?: string;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly all?: boolean;
}

export function addReplayCommand(parent: Command, io: Io): void {
  const command = parent
    .command("replay")
    .summary("deliver again what has failed")
    .description(
      "Delivers again: one delivery, or those of a time that have failed. The webhook-id stays the " +
        "same, and all attempts of the target's policy are made anew. One call replays at most " +
        "10000, the oldest first. Times are those at which deliveries were made: with the usual " +
        "waits one fails for good 28 hours later, by chance up to 33.",
    )
    .argument("[id]", "id of the only delivery to replay")
    .option("--target <id>", "only deliveries to this target")
    .option(
      "--since <when>",
      "those created since then: so long ago, or a date",
      momentArgument("ago"),
    )
    .option(
      "--until <when>",
      "only those created before: so long ago, or a date",
      momentArgument("ago"),
    )
    .option("--all", "also what has succeeded or was cancelled")
    .action((id: string | undefined, flags: Flags) => replayDeliveries(id, flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd deliveries replay <id>",
    "targetd deliveries replay --since 40h",
    "targetd deliveries replay --target <target id> --since 2026-11-01 --until 2026-11-02 --all",
  );
}

async function replayDeliveries(id: string | undefined, flags: Flags, io: Io): Promise<void> {
  const request = requestFrom(id, flags);
  const answer = await withDeliveries(flags, io, (client) => client.replayDeliveries(request));
  printAnswer(ReplayDeliveriesResponseSchema, answer, flags, io, () => {
    io.err(`deliveries that are pending again: ${answer.replayed}\n`);
    if (answer.more) io.err("there may be more: replay again, --all from a later --since\n");
  });
}

/** @throws CliError usage unless either one delivery or a time is named */
function requestFrom(
  id: string | undefined,
  { target, since, until, all }: Flags,
): MessageInitShape<typeof ReplayDeliveriesRequestSchema> {
  const filtered = [target, since, until, all].some((flag) => flag !== undefined);
  if (id !== undefined) {
    if (filtered) throw new CliError(exitCodes.usage, "an id excludes the other flags");
    return { which: { case: "id", value: id } };
  }
  if (since === undefined) throw new CliError(exitCodes.usage, "name a delivery, or give --since");
  const filter = { targetId: target ?? "", since, ...(until && { until }), all: all === true };
  return { which: { case: "filter", value: filter } };
}
