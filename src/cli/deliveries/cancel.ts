/** targetd deliveries cancel */
import type { Command } from "commander";
import { CancelDeliveryResponseSchema } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withDeliveries } from "./client.ts";
import { deliveryLine } from "./text.ts";

export function addCancelCommand(parent: Command, io: Io): void {
  const command = parent
    .command("cancel")
    .summary("give up a pending delivery")
    .description(
      "Cancels a pending delivery; an attempt under way may still arrive. It stays in the log and " +
        "can be replayed.",
    )
    .argument("<id>", "id of the delivery")
    .action((id: string, flags: CallFlags) => cancelDelivery(id, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd deliveries cancel <id>");
}

async function cancelDelivery(id: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withDeliveries(flags, io, (client) => client.cancelDelivery({ id }));
  printAnswer(CancelDeliveryResponseSchema, answer, flags, io, () => {
    if (answer.delivery !== undefined) io.err(deliveryLine(answer.delivery));
  });
}
