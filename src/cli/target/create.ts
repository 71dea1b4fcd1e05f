/** targetd target create */
import type { Duration } from "@bufbuild/protobuf/wkt";
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

type Flags = FieldFlags & WriteFlags & ActionFlags & { readonly ttl?: Duration };

export function addCreateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("create")
    .summary("create a target and print its signing key")
    .description(
      "Creates a target and prints its id and signing key. Needs --name and --endpoint; the " +
        "type is webhook and the timeout 10s unless given.",
    )
    .action((flags: Flags) => createTarget(flags, io));
  addFieldFlags(command).option(
    "--ttl <duration>",
    "make it temporary: the server deletes it then, 1s to 30d from now",
    durationArgument,
  );
  addWriteFlags(command);
  addActionFlags(command);
  addExamples(
    command,
    "targetd target create --name orders --endpoint https://hooks.example.com/orders",
    'targetd target create --name crm --endpoint https://crm.example.com/in --type call --header "X-Team: crm"',
    "targetd target create --name orders --endpoint https://hooks.example.com/orders --validate-only",
    "targetd target create --name trial --endpoint https://hooks.example.com/trial --ttl 1h",
  );
}

async function createTarget(flags: Flags, io: Io): Promise<void> {
  const given = { type: "webhook", timeout: durationArgument("10s"), ...flags } as const;
  const { ttl } = flags;
  const request = { ...fieldsFrom(given), ...writeFields(flags), ...(ttl && { ttl }) };
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
