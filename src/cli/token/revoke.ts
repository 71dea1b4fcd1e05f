/** targetd token revoke */
import type { Command } from "commander";
import {
  RevokeTokenResponseSchema,
  TokenService,
} from "../../../gen/targetd/v1/token_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { timeText } from "../text.ts";

export function addRevokeCommand(parent: Command, io: Io): void {
  const command = parent
    .command("revoke")
    .summary("revoke a token")
    .description(
      "Revokes a token: the next call with it is refused. Revoking again is no error. The last " +
        "token that can make others and never expires is kept.",
    )
    .argument("<id>", "id of the token, the middle part of its text")
    .action((id: string, flags: CallFlags) => revokeToken(id, flags, io));
  addCallFlags(command);
  addExamples(command, "targetd token revoke <id>");
}

async function revokeToken(id: string, flags: CallFlags, io: Io): Promise<void> {
  const answer = await withClient(TokenService, flags, io, (client) => client.revokeToken({ id }));
  printAnswer(RevokeTokenResponseSchema, answer, flags, io, () => {
    io.err(`revoked at ${timeText(answer.revocationDate)}\n`);
  });
}
