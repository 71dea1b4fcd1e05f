/** targetd target update */
import { type Command, InvalidArgumentError, Option } from "commander";
import { UpdateTargetResponseSchema } from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import { addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { type ActionClient, withTargets } from "./client.ts";
import { addFieldFlags } from "./field-flags.ts";
import { targetBlock } from "./show.ts";
import {
  type Change,
  type ChangeFlags,
  changeFrom,
  clearable,
  interruptionOf,
} from "./update-change.ts";
import { typeWord } from "./values.ts";
import { addEtagFlag, addWriteFlags, type WriteFlags, writeFields } from "./write-flags.ts";

type Flags = ChangeFlags & WriteFlags;

export function addUpdateCommand(parent: Command, io: Io): void {
  const command = parent
    .command("update")
    .summary("change the given fields of a target")
    .description(
      "Changes exactly the given fields, all or none. --header replaces all headers; an empty " +
        "value keeps the stored one. --type without --interrupt-on-error switches that off.",
    )
    .argument("<id>", "id of the target")
    .action((id: string, flags: Flags) => updateTarget(id, flags, io));
  addFieldFlags(command).addOption(
    new Option("--clear <field>", "put a field back to its default; repeatable")
      .choices(Object.keys(clearable))
      .argParser(clearArgument),
  );
  addEtagFlag(command);
  addWriteFlags(command);
  addActionFlags(command);
  addExamples(
    command,
    "targetd target update <id> --timeout 1m30s --no-interrupt-on-error",
    'targetd target update <id> --header "X-Team: billing" --clear payload',
    "targetd target update <id> --disabled --etag <etag>",
  );
}

async function updateTarget(id: string, flags: Flags, io: Io): Promise<void> {
  const change = changeFrom(flags);
  const answer = await withTargets(flags, io, async (client) => {
    const { fields, paths } = await withInterruption(client, id, flags, change);
    return client.updateTarget({
      id,
      ...fields,
      ...writeFields(flags),
      updateMask: { paths: [...paths] },
    });
  });
  printAnswer(UpdateTargetResponseSchema, answer, flags, io, () => {
    if (answer.target !== undefined) io.out(targetBlock(answer.target));
  });
  if (flags.validateOnly) io.err("valid; nothing was changed\n");
}

/**
 * The path of interrupt_on_error depends on the target's type, which is asked for where the flags do
 * not give it. Should the type change in between, the server refuses the path.
 */
async function withInterruption(
  client: ActionClient,
  id: string,
  { type, interruptOnError }: Flags,
  change: Change,
): Promise<Change> {
  if (type !== undefined || interruptOnError === undefined) return change;
  const { target } = await client.getTarget({ id });
  const added = interruptionOf(target && typeWord(target), interruptOnError);
  return {
    fields: { ...change.fields, ...added.fields },
    paths: [...change.paths, ...added.paths],
  };
}

function clearArgument(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!Object.hasOwn(clearable, text)) {
    throw new InvalidArgumentError(`Allowed choices are ${Object.keys(clearable).join(", ")}.`);
  }
  return [...earlier, text];
}
