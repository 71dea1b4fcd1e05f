/** targetd execution methods, services and functions */
import type { Command } from "commander";
import {
  ListExecutionFunctionsResponseSchema,
  ListExecutionMethodsResponseSchema,
  ListExecutionServicesResponseSchema,
} from "../../../gen/zitadel/action/v2/execution_messages_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { withTargets } from "../target/client.ts";
import { printable } from "../text.ts";

export function addNameCommands(parent: Command, io: Io): void {
  const lines = (names: readonly string[]) => {
    for (const name of names) io.out(`${printable(name)}\n`);
  };
  addNamesCommand(parent, "methods", async (flags) => {
    const answer = await withTargets(flags, io, (client) => client.listExecutionMethods({}));
    printAnswer(ListExecutionMethodsResponseSchema, answer, flags, io, () => lines(answer.methods));
  });
  addNamesCommand(parent, "services", async (flags) => {
    const answer = await withTargets(flags, io, (client) => client.listExecutionServices({}));
    const print = () => lines(answer.services);
    printAnswer(ListExecutionServicesResponseSchema, answer, flags, io, print);
  });
  addNamesCommand(parent, "functions", async (flags) => {
    const answer = await withTargets(flags, io, (client) => client.listExecutionFunctions({}));
    const print = () => lines(answer.functions);
    printAnswer(ListExecutionFunctionsResponseSchema, answer, flags, io, print);
  });
}

/** @param things what it lists, which is its name as well */
function addNamesCommand(
  parent: Command,
  things: string,
  act: (flags: ActionFlags) => Promise<void>,
): void {
  const command = parent
    .command(things)
    .summary(`list the ${things} that conditions may name`)
    .description(
      `Lists the ${things} that conditions may name: the server's own and those of the catalogue.`,
    )
    .action(act);
  addActionFlags(command);
  addExamples(command, `targetd execution ${things}`, `targetd execution ${things} --json`);
}
