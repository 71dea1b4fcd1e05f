/** targetd instance delete */
import type { Command } from "commander";
import {
  DeleteInstanceResponseSchema,
  InstanceService,
} from "../../../gen/targetd/v1/instance_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { timeText } from "../text.ts";

export function addDeleteCommand(parent: Command, io: Io): void {
  const command = parent
    .command("delete")
    .summary("delete an instance with everything in it")
    .description(
      "Deletes an instance: its tokens stop working and its targets are gone. Its id is not given " +
        "again. Deleting again is no error.",
    )
    .argument("<id>", "id of the instance")
    .action((id: string, flags: CallFlags) => deleteInstance(id, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd instance delete acme");
}

async function deleteInstance(id: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withClient(InstanceService, flags, io, (client) =>
    client.deleteInstance({ id }),
  );
  printAnswer(DeleteInstanceResponseSchema, answer, flags, io, () => {
    io.err(`deleted at ${timeText(answer.deletionDate)}\n`);
  });
}
