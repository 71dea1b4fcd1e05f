/** targetd target rotate-key */
import type { Duration } from "@bufbuild/protobuf/wkt";
import { type Command, Option } from "commander";
import { UpdateTargetResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { durationArgument } from "../arguments.ts";
import { addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { timeText } from "../text.ts";
import { withTargets } from "./client.ts";
import { addEtagFlag, addWriteFlags, type WriteFlags, writeFields } from "./write-flags.ts";

type Flags = WriteFlags & { readonly grace: Duration };

export function addRotateKeyCommand(parent: Command, io: Io): void {
  const command = parent
    .command("rotate-key")
    .summary("make a new signing key")
    .description(
      "Makes a new signing key and prints it, once. During the grace period calls carry a " +
        "signature of each key, so that receivers can change over without a gap.",
    )
    .argument("<id>", "id of the target")
    .addOption(
      new Option(
        "--grace <duration>",
        "how long the earlier key stays valid, up to 30d; 0s ends every earlier key at once",
      )
        .argParser(durationArgument)
        // Help shows the text: it cannot print the value, which holds a bigint.
        .default(durationArgument("24h"), "24h"),
    )
    .action((id: string, flags: Flags) => rotateKey(id, flags, io));
  addEtagFlag(command);
  addWriteFlags(command);
  addActionFlags(command);
  addExamples(
    command,
    "targetd target rotate-key <id> --grace 7d",
    "targetd target rotate-key <id> --grace 0s",
  );
}

async function rotateKey(id: string, flags: Flags, io: Io): Promise<void> {
  const request = { id, expirationSigningKey: flags.grace, ...writeFields(flags) };
  const answer = await withTargets(flags, io, (client) => client.updateTarget(request));
  printAnswer(UpdateTargetResponseSchema, answer, flags, io, () => {
    if (answer.signingKey !== undefined) io.out(`${answer.signingKey}\n`);
  });
  if (flags.validateOnly) {
    io.err("valid; no key was made\n");
    return;
  }
  const until = timeText(answer.target?.previousSigningKeys.at(-1)?.expirationDate);
  io.err(
    until === ""
      ? "Earlier keys are invalid now. Give this one to the receiver at once.\n"
      : `Give this key to the receiver before ${until}; until then the earlier one stays valid.\n`,
  );
}
