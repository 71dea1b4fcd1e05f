/** targetd catalog events and functions */
import { type Command, Option } from "commander";
import {
  CatalogService,
  SetEventTypesResponseSchema,
  SetFunctionsResponseSchema,
} from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInput } from "../input.ts";
import type { Io } from "../io.ts";
import { printable } from "../text.ts";

interface Flags extends CallFlags {
  readonly file?: string;
  readonly none?: boolean;
}

export function addEventsCommand(parent: Command, io: Io): void {
  const command = parent
    .command("events")
    .summary("set the event types besides the server's own")
    .description(
      "Sets the event types besides the server's own, in place of all that were set before.",
    )
    .argument("[type...]", "event types, for instance shop.order.added")
    .action(async (given: string[], flags: Flags) => {
      const eventTypes = await namesFrom(given, flags, io);
      const answer = await withClient(CatalogService, flags, io, (client) =>
        client.setEventTypes({ eventTypes }),
      );
      printAnswer(SetEventTypesResponseSchema, answer, flags, io, () => {
        printNames(answer.eventTypes, "event types", io);
      });
    });
  addNameFlags(command);
  addExamples(
    command,
    "targetd catalog events shop.order.added shop.order.removed",
    "targetd catalog events --file event-types.txt",
    "targetd catalog events --none",
  );
}

export function addFunctionsCommand(parent: Command, io: Io): void {
  const command = parent
    .command("functions")
    .summary("set the functions besides the server's own")
    .description(
      "Sets the functions besides the server's own, in place of all that were set before.",
    )
    .argument("[name...]", "names of functions, for instance prelogin")
    .action(async (given: string[], flags: Flags) => {
      const functions = await namesFrom(given, flags, io);
      const answer = await withClient(CatalogService, flags, io, (client) =>
        client.setFunctions({ functions }),
      );
      printAnswer(SetFunctionsResponseSchema, answer, flags, io, () => {
        printNames(answer.functions, "functions", io);
      });
    });
  addNameFlags(command);
  addExamples(
    command,
    "targetd catalog functions prelogin postlogin",
    "targetd catalog functions --file functions.txt",
    "targetd catalog functions --none",
  );
}

function addNameFlags(command: Command): void {
  command
    .option(
      "--file <path>",
      "file with one of them a line, and # before comments; - reads standard input",
    )
    .addOption(new Option("--none", "take all of them off").conflicts("file"));
  addCallFlags(command);
}

/** Longest file that is read, in bytes. */
const maxFileBytes = 8 * 1024 * 1024;

/** @throws CliError usage unless exactly one of the three ways is used */
async function namesFrom(given: string[], { file, none }: Flags, io: Io): Promise<string[]> {
  if ([given.length > 0, file !== undefined, none === true].filter(Boolean).length !== 1) {
    throw new CliError(exitCodes.usage, "give the names, or --file, or --none", {
      hint: '"targetd catalog show" shows what is set',
    });
  }
  if (file === undefined) return given;
  const text = new TextDecoder().decode(await readInput(file, "--file", maxFileBytes, io));
  const names = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (names.length > 0) return names;
  throw new CliError(exitCodes.usage, "--file: there are no names in it; --none takes all off");
}

function printNames(names: readonly string[], things: string, io: Io): void {
  for (const name of names) io.out(`${printable(name)}\n`);
  io.err(`${things} besides the server's own: ${names.length}\n`);
}
