/** targetd target delete */
import type { Command } from "commander";
import { DeleteTargetResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { timeText } from "../text.ts";
import { withTargets } from "./client.ts";
import { addEtagFlag } from "./write-flags.ts";

type Flags = ActionFlags & { readonly etag?: string };

export function addDeleteCommand(parent: Command, io: Io): void {
  const command = parent
    .command("delete")
    .summary("delete a target")
    .description("Deletes a target. Deleting one that is already gone is no error.")
    .argument("<id>", "id of the target")
    .action((id: string, flags: Flags) => deleteTarget(id, flags, io));
  addEtagFlag(command);
  addActionFlags(command);
  addExamples(command, "targetd target delete <id>", "targetd target delete <id> --etag <etag>");
}

async function deleteTarget(id: string, flags: Flags, io: Io): Promise<void> {
  const { etag } = flags;
  const request = { id, ...(etag === undefined ? {} : { etag }) };
  const answer = await withTargets(flags, io, (client) => client.deleteTarget(request));
  printAnswer(DeleteTargetResponseSchema, answer, flags, io, () => {
    const deleted = timeText(answer.deletionDate);
    io.err(
      deleted === ""
        ? "there never was such a target in the instance of this token\n"
        : `deleted at ${deleted}\n`,
    );
  });
}
