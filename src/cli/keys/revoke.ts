/** targetd keys revoke */
import type { Command } from "commander";
import {
  InstanceService,
  RevokeInstanceKeyResponseSchema,
} from "../../../gen/targetd/v1/instance_service_pb.ts";
import { addCallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addInstanceFlag, type KeyFlags } from "./flags.ts";

export function addRevokeCommand(parent: Command, io: Io): void {
  const command = parent
    .command("revoke")
    .summary("take a key out of the published set")
    .description(
      "Takes a key out of the published set at once. When it is the one that signs, the next one " +
        "signs from now on, or a new one that receivers have not fetched yet: use it for a key that " +
        "has leaked, and rotate otherwise.",
    )
    .argument("<id>", "id of the key, the kid of the payloads")
    .action((id: string, flags: KeyFlags) => revokeKey(id, flags, io));
  addInstanceFlag(command);
  addCallFlags(command);
  addExamples(command, "targetd keys revoke <id>", "targetd keys revoke <id> --instance acme");
}

async function revokeKey(keyId: string, flags: KeyFlags, io: Io): Promise<void> {
  const request = { instanceId: flags.instance ?? "", keyId };
  const answer = await withClient(InstanceService, flags, io, (client) =>
    client.revokeInstanceKey(request),
  );
  printAnswer(RevokeInstanceKeyResponseSchema, answer, flags, io, () => {
    io.err(
      `revoked; ${answer.currentKey?.keyId} signs. Receivers that keep the keys may go on accepting ` +
        "the revoked one until they fetch them again.\n",
    );
  });
}
