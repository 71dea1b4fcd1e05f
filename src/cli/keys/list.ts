/** targetd keys list */
import type { Command } from "commander";
import {
  type InstanceKey,
  InstanceService,
  ListInstanceKeysResponseSchema,
  InstanceKey_State as State,
} from "../../../gen/targetd/v1/instance_service_pb.ts";
import { addCallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { columns, printable, timeText } from "../text.ts";
import { addInstanceFlag, algorithms, type KeyFlags } from "./flags.ts";

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list the published keys")
    .description(
      "Lists the published keys, oldest first: the one that signs, the next one, and those that only " +
        "verify what they signed.",
    )
    .action((flags: KeyFlags) => listKeys(flags, io));
  addInstanceFlag(command);
  addCallFlags(command);
  addExamples(command, "targetd keys list", "targetd keys list --instance acme --json");
}

async function listKeys(flags: KeyFlags, io: Io): Promise<void> {
  const request = { instanceId: flags.instance ?? "" };
  const answer = await withClient(InstanceService, flags, io, (client) =>
    client.listInstanceKeys(request),
  );
  printAnswer(ListInstanceKeysResponseSchema, answer, flags, io, () => {
    if (answer.keys.length > 0) io.out(columns([head, ...answer.keys.map(row)]));
    else io.err("no keys yet: the first one is made when it is first needed\n");
  });
}

const states = {
  next: State.NEXT,
  current: State.CURRENT,
  previous: State.PREVIOUS,
};

const head = ["ID", "ALGORITHM", "STATE", "SIGNS FROM", "PUBLISHED UNTIL"];

function row(key: InstanceKey): string[] {
  return [
    key.keyId,
    nameOf(key.algorithm, algorithms),
    nameOf(key.state, states),
    timeText(key.signsFrom),
    timeText(key.publishedUntil),
  ].map(printable);
}

/** What a newer server may add has no name here. */
function nameOf(value: number, names: Readonly<Record<string, number>>): string {
  return Object.keys(names).find((name) => names[name] === value) ?? "unknown";
}
