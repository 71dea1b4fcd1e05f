/** targetd target get */
import type { Command } from "commander";
import { GetTargetResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withTargets } from "./client.ts";
import { targetBlock } from "./show.ts";

export function addGetCommand(parent: Command, io: Io): void {
  const command = parent
    .command("get")
    .summary("show one target")
    .description("Shows one target. --json includes its signing key, if the token may see it.")
    .argument("<id>", "id of the target")
    .action((id: string, flags: ActionFlags) => getTarget(id, flags, io));
  addActionFlags(command);
  addExamples(command, "targetd target get <id>", "targetd target get <id> --json");
}

async function getTarget(id: string, flags: ActionFlags, io: Io): Promise<void> {
  const answer = await withTargets(flags, io, (client) => client.getTarget({ id }));
  printAnswer(GetTargetResponseSchema, answer, flags, io, () => {
    if (answer.target !== undefined) io.out(targetBlock(answer.target));
  });
}
