/** targetd deliveries replay */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import {
  type ReplayDeliveriesRequestSchema,
  type ReplayDeliveriesResponse,
  ReplayDeliveriesResponseSchema,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { momentArgument } from "../arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { type ProgressView, showProgress } from "../progress/view.ts";
import { type DeliveryClient, withDeliveries } from "./client.ts";

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
        "same, and all attempts of the target's policy are made anew, the oldest first. Times are " +
        "those at which deliveries were made: with the usual waits one fails for good 28 hours " +
        "later, by chance up to 33.",
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

type ReplayRequest = MessageInitShape<typeof ReplayDeliveriesRequestSchema>;

async function replayDeliveries(id: string | undefined, flags: Flags, io: Io): Promise<void> {
  const request = requestFrom(id, flags);
  const view = showProgress(io, { quiet: flags.json });
  const answer = create(ReplayDeliveriesResponseSchema);
  const replayAll = async (client: DeliveryClient) => {
    let token: string | undefined = "";
    while (token !== undefined) {
      const step: ReplayDeliveriesResponse = await client.replayDeliveries(from(request, token));
      answer.replayed += step.replayed;
      answer.more = step.more && step.nextPageToken === "";
      token = step.nextPageToken || undefined;
      if (token !== undefined) report(view, answer.replayed);
    }
  };
  try {
    await withDeliveries(flags, io, replayAll);
  } catch (error) {
    // What was replayed before stays so.
    if (answer.replayed > 0) io.err(doneText(answer));
    throw error;
  } finally {
    view.end();
  }
  printAnswer(ReplayDeliveriesResponseSchema, answer, flags, io, () => {
    io.err(doneText(answer));
    if (answer.more) io.err("there may be more: replay again, --all from a later --since\n");
  });
}

function report(view: ProgressView, done: number): void {
  view.report({ what: "replaying", done, total: undefined });
}

const doneText = ({ replayed }: ReplayDeliveriesResponse) =>
  `deliveries that are pending again: ${replayed}\n`;

/** The same request behind those of the call before. */
function from(request: ReplayRequest, pageToken: string): ReplayRequest {
  const { which } = request;
  if (which?.case !== "filter") return request;
  return { which: { case: "filter", value: { ...which.value, pageToken } } };
}

/** @throws CliError usage unless either one delivery or a time is named */
function requestFrom(id: string | undefined, { target, since, until, all }: Flags): ReplayRequest {
  const filtered = [target, since, until, all].some((flag) => flag !== undefined);
  if (id !== undefined) {
    if (filtered) throw new CliError(exitCodes.usage, "an id excludes the other flags");
    return { which: { case: "id", value: id } };
  }
  if (since === undefined) throw new CliError(exitCodes.usage, "name a delivery, or give --since");
  const filter = { targetId: target ?? "", since, ...(until && { until }), all: all === true };
  return { which: { case: "filter", value: filter } };
}
