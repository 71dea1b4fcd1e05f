/** targetd keys rotate */
import { type Command, Option } from "commander";
import {
  type InstanceKey,
  InstanceKey_State,
  InstanceService,
  KeyAlgorithm,
  RotateInstanceKeyResponseSchema,
} from "../../../gen/targetd/v1/instance_service_pb.ts";
import { addCallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { timeText } from "../text.ts";
import { addInstanceFlag, algorithms, type KeyFlags } from "./flags.ts";

type Flags = KeyFlags & { readonly algorithm?: keyof typeof algorithms };

export function addRotateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("rotate")
    .summary("make the next key")
    .description(
      "Makes the next key and prints its id. It is published at once and signs 10 minutes later; the " +
        "key that it replaces stays published for 24 hours more, so that receivers notice nothing.",
    )
    .addOption(
      new Option(
        "--algorithm <name>",
        "algorithm of the key, that of the current one unless given",
      ).choices(Object.keys(algorithms)),
    )
    .action((flags: Flags) => rotateKey(flags, io));
  addInstanceFlag(command);
  addCallFlags(command);
  addExamples(
    command,
    "targetd keys rotate",
    "targetd keys rotate --algorithm ES256 --instance acme",
  );
}

async function rotateKey(flags: Flags, io: Io): Promise<void> {
  const { instance = "", algorithm } = flags;
  const request = {
    instanceId: instance,
    algorithm: algorithm === undefined ? KeyAlgorithm.UNSPECIFIED : algorithms[algorithm],
  };
  const answer = await withClient(InstanceService, flags, io, (client) =>
    client.rotateInstanceKey(request),
  );
  printAnswer(RotateInstanceKeyResponseSchema, answer, flags, io, () => {
    const { key } = answer;
    if (key === undefined) return;
    io.out(`${key.keyId}\n`);
    io.err(`The key is published and ${signsText(key)}.\n`);
  });
}

function signsText({ state, signsFrom }: InstanceKey): string {
  return state === InstanceKey_State.NEXT ? `signs from ${timeText(signsFrom)}` : "signs now";
}
