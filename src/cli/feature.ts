/** targetd feature */
import { Argument, type Command } from "commander";
import {
  InstanceService,
  SetFeatureResponseSchema,
} from "../../gen/targetd/v1/instance_service_pb.ts";
import { featureNames } from "../domain/feature.ts";
import { addCallFlags, type CallFlags, printAnswer } from "./call-flags.ts";
import { withClient } from "./client.ts";
import { addExamples } from "./examples.ts";
import { featuresText } from "./instance/list.ts";
import type { Io } from "./io.ts";

type Flags = CallFlags & { readonly instance?: string };

/** What the words mean for the request: nothing for the server's own setting. */
const switches = { on: { enabled: true }, off: { enabled: false }, default: {} } as const;

type Switch = keyof typeof switches;

export function addFeatureCommand(parent: Command, io: Io): void {
  const command = parent
    .command("feature")
    .summary("switch a feature for one instance")
    .description(
      "Switches a feature on or off for one instance, effective at once; default goes back to " +
        "the server's setting. Only tokens of the default instance may.",
    )
    .argument("<name>", `name of the feature: ${featureNames.join(", ")}`)
    .addArgument(new Argument("<switch>", "what it is to be").choices(Object.keys(switches)))
    .option("--instance <id>", "id of the instance, unless it is your own")
    .action((name: string, to: Switch, flags: Flags) => setFeature(name, to, flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd feature actions off --instance acme",
    "targetd feature actions default --instance acme",
  );
}

async function setFeature(feature: string, to: Switch, flags: Flags, io: Io): Promise<void> {
  const request = { feature, instanceId: flags.instance ?? "", ...switches[to] };
  const answer = await withClient(InstanceService, flags, io, (client) =>
    client.setFeature(request),
  );
  printAnswer(SetFeatureResponseSchema, answer, flags, io, () => {
    const { instance } = answer;
    if (instance !== undefined) io.err(`${instance.id}: ${featuresText(instance)}\n`);
  });
}
