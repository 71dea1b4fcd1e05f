/** targetd deliveries retry */
import type { Command } from "commander";
import { RetryDeliveryResponseSchema } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withDeliveries } from "./client.ts";
import { deliveryLine } from "./text.ts";

export function addRetryCommand(parent: Command, io: Io): void {
  const command = parent
    .command("retry")
    .summary("make the next attempt of a pending delivery now")
    .description(
      "Makes a pending delivery due now, instead of when its next attempt would be. One that " +
        "waits for an earlier one goes on waiting, and the limits of the target and its breaker hold " +
        "as before.",
    )
    .argument("<id>", "id of the delivery")
    .action((id: string, flags: CallFlags) => retryDelivery(id, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd deliveries retry <id>");
}

async function retryDelivery(id: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withDeliveries(flags, io, (client) => client.retryDelivery({ id }));
  printAnswer(RetryDeliveryResponseSchema, answer, flags, io, () => {
    if (answer.delivery !== undefined) io.err(deliveryLine(answer.delivery));
  });
}
