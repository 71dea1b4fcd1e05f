/** targetd token: its commands, one file each. */
import type { Command } from "commander";
import type { Io } from "../io.ts";
import { addCreateCommand } from "./create.ts";
import { addListCommand } from "./list.ts";
import { addRevokeCommand } from "./revoke.ts";

const examples = `
Examples:
  targetd token create --role IAM_OWNER_VIEWER --description dashboard --out viewer.pat
  targetd token create --permission action.target.read --permission action.target.write --expires 90d
  targetd token create --role IAM_OWNER --instance acme
  targetd token list
  targetd token revoke <id>
`;

export function addTokenCommand(parent: Command, io: Io): void {
  const token = parent
    .command("token")
    .summary("manage access tokens: create, list, revoke")
    .description("Manages the access tokens of the caller's instance.")
    .helpCommand(false)
    .addHelpText("after", examples);
  addCreateCommand(token, io);
  addListCommand(token, io);
  addRevokeCommand(token, io);
}
