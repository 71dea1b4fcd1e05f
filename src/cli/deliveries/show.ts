/** targetd deliveries show */
import type { Command } from "commander";
import { GetDeliveryResponseSchema } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withDeliveries } from "./client.ts";
import { deliveryText } from "./text.ts";

export function addShowCommand(parent: Command, io: Io): void {
  const command = parent
    .command("show")
    .summary("show one delivery with its attempts")
    .description(
      "Shows a delivery, what its target is told, and every attempt, failed ones with the first line " +
        "of the answer. --json includes headers and what was kept of each answer, in base64.",
    )
    .argument("<id>", "id of the delivery, the webhook-id of its calls")
    .action((id: string, flags: CallFlags) => showDelivery(id, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd deliveries show <id>", "targetd deliveries show <id> --json");
}

async function showDelivery(id: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withDeliveries(flags, io, (client) => client.getDelivery({ id }));
  printAnswer(GetDeliveryResponseSchema, answer, flags, io, () => io.out(deliveryText(answer)));
}
