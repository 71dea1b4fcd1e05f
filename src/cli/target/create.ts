/** targetd target create */
import type { Command } from "commander";
import { CreateTargetResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { durationArgument } from "../arguments.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { block, timeText } from "../text.ts";
import { withTargets } from "./client.ts";
import { addFieldFlags, type FieldFlags, fieldsFrom } from "./field-flags.ts";
import { addWriteFlags, type WriteFlags, writeFields } from "./write-flags.ts";

type Flags = FieldFlags & WriteFlags & ActionFlags;

export function addCreateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("create")
    .summary("create a target and print its signing key")
    .description(
      "Creates a target and prints its id and signing key. Needs --name and --endpoint; the " +
        "type is webhook and the timeout 10s unless given.",
    )
    .action((flags: Flags) => createTarget(flags, io));
  addFieldFlags(command);
  addWriteFlags(command);
  addActionFlags(command);
  addExamples(
    command,
    "targetd target create --name orders --endpoint https://hooks.example.com/orders",
    'targetd target create --name crm --endpoint https://crm.example.com/in --type call --header "X-Team: crm"',
    "targetd target create --name orders --endpoint https://hooks.example.com/orders --validate-only",
  );
}

async function createTarget(flags: Flags, io: Io): Promise<void> {
  const given = { type: "webhook", timeout: durationArgument("10s"), ...flags } as const;
  const request = { ...fieldsFrom(given), ...writeFields(flags) };
  const answer = await withTargets(flags, io, (client) => client.createTarget(request));
  printAnswer(CreateTargetResponseSchema, answer, flags, io, () => {
    io.out(
      block([
        ["id", answer.id],
        ["created", timeText(answer.creationDate)],
        ["signing key", answer.signingKey],
      ]),
    );
  });
  io.err(
    flags.validateOnly
      ? "valid; nothing was created\n"
      : "Give the signing key to the receiver: every call is signed with it.\n",
  );
}
