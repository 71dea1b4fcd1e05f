/** targetd token create */
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type Command, Option } from "commander";
import {
  CreateTokenResponseSchema,
  TokenService,
} from "../../../gen/targetd/v1/token_service_pb.ts";
import { roleNames } from "../../auth/identity.ts";
import { permissionNames } from "../../auth/permissions.ts";
import { momentArgument, repeatedArgument } from "../arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addOutFlag, keepToken, type OutFlags } from "../secret-file.ts";
import { timeText } from "../text.ts";

interface Flags extends CallFlags, OutFlags {
  readonly description?: string;
  readonly role?: string[];
  readonly permission?: string[];
  readonly expires?: Timestamp;
  readonly instance?: string;
}

const grants = `
Roles:
  ${roleNames.join("\n  ")}

Permissions:
  ${permissionNames.join("\n  ")}
`;

export function addCreateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("create")
    .summary("make a token and print its text")
    .description(
      "Makes a token and prints its text, this once, or writes it to a file. Needs at least one --role or --permission; " +
        "nobody can grant more than their own token holds.",
    )
    .option("--description <text>", "what the token is for")
    .addOption(new Option("--role <role>", "role to grant; repeatable").argParser(repeatedArgument))
    .addOption(
      new Option("--permission <name>", "single permission to grant; repeatable").argParser(
        repeatedArgument,
      ),
    )
    .option(
      "--expires <when>",
      'when it stops working: in a while such as "90d", or on a date; never unless given',
      momentArgument("ahead"),
    )
    .option("--instance <id>", "instance of the token, unless it is your own")
    .addHelpText("after", grants)
    .action((flags: Flags) => createToken(flags, io));
  addOutFlag(command);
  addCallFlags(command);
  addExamples(
    command,
    "targetd token create --role IAM_OWNER_VIEWER --description dashboard --expires 90d --out viewer.pat",
    "targetd token create --permission action.target.read --permission action.target.write",
    "targetd token create --role IAM_OWNER --instance acme --expires 2030-01-31",
  );
}

async function createToken(flags: Flags, io: Io): Promise<void> {
  const { description = "", role = [], permission = [], expires, instance = "" } = flags;
  const request = {
    description,
    roles: role,
    permissions: permission,
    instanceId: instance,
    ...(expires && { expirationDate: expires }),
  };
  const answer = await keepToken(
    flags,
    io,
    () => withClient(TokenService, flags, io, (client) => client.createToken(request)),
    ({ token }) => `revoke it with "targetd token revoke ${token?.id}" and make another`,
  );
  printAnswer(CreateTokenResponseSchema, answer, flags, io, () => {
    if (answer.accessToken !== "") io.out(`${answer.accessToken}\n`);
  });
  const end = timeText(answer.token?.expirationDate);
  const validity = end === "" ? "does not expire" : `is valid until ${end}`;
  io.err(`Keep the token like a password. It ${validity} and has the id ${answer.token?.id}.\n`);
}
