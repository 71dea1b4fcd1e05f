/** targetd catalog show */
import type { Command } from "commander";
import {
  CatalogService,
  type CatalogSource,
  type GetCatalogResponse,
  GetCatalogResponseSchema,
} from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { columns, printable, timeText } from "../text.ts";

export function addShowCommand(parent: Command, io: Io): void {
  const command = parent
    .command("show")
    .summary("show what conditions may name")
    .description(
      "Shows what conditions may name: the sources with their services, the event types and the " +
        'functions. "targetd execution methods" lists the methods.',
    )
    .action((flags: CallFlags) => showCatalog(flags, io));
  addCallFlags(command);
  addExamples(command, "targetd catalog show", "targetd catalog show --json");
}

async function showCatalog(flags: CallFlags, io: Io): Promise<void> {
  const answer = await withClient(CatalogService, flags, io, (client) => client.getCatalog({}));
  printAnswer(GetCatalogResponseSchema, answer, flags, io, () => io.out(catalogText(answer)));
}

function catalogText({ sources, eventTypes, functions }: GetCatalogResponse): string {
  const services = sources.map((source) => section(`Services of ${source.name}`, source.services));
  return [
    columns([head, ...sources.map(row)]),
    ...services,
    section("Event types", eventTypes),
    section("Functions", functions),
  ].join("\n");
}

const head = ["SOURCE", "SERVICES", "METHODS", "IMPORTED"];

function row({ name, services, methodCount, importDate }: CatalogSource): string[] {
  return [name, String(services.length), String(methodCount), timeText(importDate)].map(printable);
}

function section(title: string, names: readonly string[]): string {
  return [`${title}:`, ...names.map((name) => `  ${name}`)]
    .map((line) => `${printable(line)}\n`)
    .join("");
}
