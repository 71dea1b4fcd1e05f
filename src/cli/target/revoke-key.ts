/** targetd target revoke-key */
import type { Command } from "commander";
import {
  RevokeSigningKeyResponseSchema,
  TargetService,
} from "../../../gen/targetd/v1/target_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { timeText } from "../text.ts";

export function addRevokeKeyCommand(parent: Command, io: Io): void {
  const command = parent
    .command("revoke-key")
    .summary("end an earlier signing key before its time")
    .description(
      "Ends an earlier signing key before its grace period is over: the next call no longer carries " +
        "its signature. Ending it again is no error. The current key is replaced by rotate-key.",
    )
    .argument("<id>", "id of the target")
    .argument("<key-id>", "id of the key, as get shows it")
    .action((id: string, keyId: string, flags: CallFlags) => revokeKey(id, keyId, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd target revoke-key <id> <key id>");
}

async function revokeKey(targetId: string, keyId: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withClient(TargetService, flags, io, (client) =>
    client.revokeSigningKey({ targetId, keyId }),
  );
  printAnswer(RevokeSigningKeyResponseSchema, answer, flags, io, () => {
    io.err(`the key is invalid; the target last changed at ${timeText(answer.changeDate)}\n`);
  });
}
