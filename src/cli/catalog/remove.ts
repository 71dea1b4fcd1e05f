/** targetd catalog remove */
import type { Command } from "commander";
import {
  CatalogService,
  ImportDescriptorSetResponseSchema,
} from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";

type Flags = CallFlags & { readonly source: string };

export function addRemoveCommand(parent: Command, io: Io): void {
  const command = parent
    .command("remove")
    .summary("remove the services of a source")
    .description(
      "Removes the services of a source. Executions that name them stay, and go on. Removing a source " +
        "that is not there is no error.",
    )
    .requiredOption("--source <name>", "name that it was imported under")
    .action((flags: Flags) => removeSource(flags, io));
  addCallFlags(command);
  addExamples(command, "targetd catalog remove --source shop");
}

/** An empty set is what removes a source. */
async function removeSource(flags: Flags, io: Io): Promise<void> {
  const request = { source: flags.source, descriptorSet: new Uint8Array() };
  const answer = await withClient(CatalogService, flags, io, (client) =>
    client.importDescriptorSet(request),
  );
  printAnswer(ImportDescriptorSetResponseSchema, answer, flags, io, () => io.err("removed\n"));
}
