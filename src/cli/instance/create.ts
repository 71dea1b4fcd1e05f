/** targetd instance create */
import type { Command } from "commander";
import {
  CreateInstanceResponseSchema,
  InstanceService,
} from "../../../gen/targetd/v1/instance_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addOutFlag, keepToken, type OutFlags } from "../secret-file.ts";

type Flags = CallFlags & OutFlags & { readonly name?: string };

export function addCreateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("create")
    .summary("create an instance and print its first token")
    .description(
      "Creates an instance and prints the text of its first token, an IAM_OWNER, this once, or " +
        "writes it to a file.",
    )
    .argument("<id>", "1 to 63 lower-case letters, digits and dashes, beginning with a letter")
    .option("--name <text>", "name for people")
    .action((id: string, flags: Flags) => createInstance(id, flags, io));
  addOutFlag(command);
  addCallFlags(command);
  addExamples(command, 'targetd instance create acme --name "Acme Corp." --out acme.pat');
}

async function createInstance(id: string, flags: Flags, io: Io): Promise<void> {
  const request = { id, name: flags.name ?? "" };
  const answer = await keepToken(
    flags,
    io,
    () => withClient(InstanceService, flags, io, (client) => client.createInstance(request)),
    () => `make another with "targetd token create --role IAM_OWNER --instance ${id}"`,
  );
  printAnswer(CreateInstanceResponseSchema, answer, flags, io, () => {
    if (answer.accessToken !== "") io.out(`${answer.accessToken}\n`);
  });
  io.err("Keep the token like a password. It is the owner of the instance.\n");
}
