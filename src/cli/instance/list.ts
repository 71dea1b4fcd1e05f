/** targetd instance list */
import type { Command } from "commander";
import {
  type Instance,
  InstanceService,
  ListInstancesResponseSchema,
} from "../../../gen/targetd/v1/instance_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addPageFlags, type PageFlags, pageNote, pageRequest } from "../page-flags.ts";
import { columns, printable, timeText } from "../text.ts";

type Flags = CallFlags & PageFlags & { readonly desc?: boolean };

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list instances")
    .description("Lists the instances by id.")
    .option("--desc", "from the last id to the first")
    .action((flags: Flags) => listInstances(flags, io));
  addPageFlags(command, "instances");
  addCallFlags(command);
  addExamples(command, "targetd instance list", "targetd instance list --desc --json");
}

async function listInstances(flags: Flags, io: Io): Promise<void> {
  const request = { pagination: pageRequest(flags, flags.desc !== true) };
  const answer = await withClient(InstanceService, flags, io, (client) =>
    client.listInstances(request),
  );
  printAnswer(ListInstancesResponseSchema, answer, flags, io, () => {
    const { instances, pagination } = answer;
    if (instances.length > 0) io.out(columns([head, ...instances.map(row)]));
    io.err(pageNote("instances", flags, instances.length, pagination));
  });
}

const head = ["ID", "CREATED", "FEATURES", "NAME"];

function row(instance: Instance): string[] {
  const { id, creationDate, name } = instance;
  return [id, timeText(creationDate), featuresText(instance), name].map(printable);
}

/** The features that are switched for an instance, for instance "actions=off". */
export function featuresText({ features }: Instance): string {
  const switched = Object.entries(features).map(([name, on]) => `${name}=${on ? "on" : "off"}`);
  return switched.sort().join(",") || "default";
}
