/** targetd deliveries watch */
import { toJsonString } from "@bufbuild/protobuf";
import type { Command } from "commander";
import { WatchDeliveriesResponseSchema } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { addCallFlags, type CallFlags } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withDeliveries } from "./client.ts";
import { deliveryLine } from "./text.ts";

interface Flags extends CallFlags {
  readonly target?: string;
  readonly cursor?: string;
}

export function addWatchCommand(parent: Command, io: Io): void {
  const command = parent
    .command("watch")
    .summary("follow deliveries as they change")
    .description(
      "Prints each delivery that changes, until it is interrupted or the server ends it, which it " +
        "does after an hour at most. --json prints one answer a line, each with the cursor to go on " +
        "from.",
    )
    .option("--target <id>", "only deliveries to this target")
    .option("--cursor <cursor>", "where an earlier watch of the same target has ended")
    .action((flags: Flags) => watchDeliveries(flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd deliveries watch --target <target id>",
    "targetd deliveries watch --json --cursor AAAAAAAAABcKbQnzr_3Jh0Vf2Hk",
  );
}

async function watchDeliveries({ target, cursor, ...flags }: Flags, io: Io): Promise<void> {
  const request = { targetId: target ?? "", cursor: cursor ?? "" };
  let last = "";
  try {
    await withDeliveries(flags, io, async (client) => {
      // A watch goes on for as long as it can.
      for await (const answer of client.watchDeliveries(request, { timeoutMs: 0 })) {
        last = answer.cursor;
        if (flags.json) io.out(`${toJsonString(WatchDeliveriesResponseSchema, answer)}\n`);
        else if (answer.delivery !== undefined) io.out(deliveryLine(answer.delivery));
      }
    });
  } finally {
    if (last !== "") io.err(`to go on from here: --cursor ${last}\n`);
  }
}
