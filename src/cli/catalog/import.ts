/** targetd catalog import */
import { type Command, Option } from "commander";
import {
  CatalogService,
  type CatalogSource,
  ImportDescriptorSetResponseSchema,
} from "../../../gen/targetd/v1/catalog_service_pb.ts";
import { repeatedArgument } from "../arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { CliError } from "../cli-error.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import { exitCodes } from "../exit-codes.ts";
import { headersFrom } from "../headers.ts";
import { readInput } from "../input.ts";
import type { Io } from "../io.ts";
import { printable } from "../text.ts";
import { maxGivenBytes, trimmedSet } from "./descriptor-set.ts";
import { reflectedSet } from "./reflect.ts";

interface Flags extends CallFlags {
  readonly source: string;
  readonly file?: string;
  readonly reflect?: string;
  readonly header?: readonly string[];
  readonly validateOnly?: boolean;
}

export function addImportCommand(parent: Command, io: Io): void {
  const command = parent
    .command("import")
    .summary("import services, from a file or a running server")
    .description(
      "Imports the services of a descriptor set, in place of what the source had before. --reflect asks " +
        "a running server for them, by gRPC reflection v1 or v1alpha, over cleartext (http) or TLS " +
        "(https); this command asks, the targetd server never does. Services of reflection, health " +
        "checks and the like, grpc.*, are left out.",
    )
    .requiredOption("--source <name>", "name to import under")
    .option(
      "--file <path>",
      "google.protobuf.FileDescriptorSet with all imports, as buf build or protoc write it; - reads " +
        "standard input",
    )
    .addOption(new Option("--reflect <url>", "server to ask").conflicts("file"))
    .addOption(
      new Option("--header <name:value>", "header for that server, such as credentials; repeatable")
        .argParser(repeatedArgument)
        .conflicts("file"),
    )
    .option("--validate-only", "run every check and write nothing")
    .action((flags: Flags) => importServices(flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd catalog import --source shop --file shop.binpb",
    "targetd catalog import --source shop --reflect http://127.0.0.1:50051 --validate-only",
    'targetd catalog import --source shop --reflect https://shop.example.com --header "Authorization: Bearer ..."',
  );
}

async function importServices(flags: Flags, io: Io): Promise<void> {
  const { source, validateOnly = false } = flags;
  const descriptorSet = await givenSet(flags, io);
  const answer = await withClient(CatalogService, flags, io, (client) =>
    client.importDescriptorSet({ source, descriptorSet, validateOnly }),
  );
  printAnswer(ImportDescriptorSetResponseSchema, answer, flags, io, () => {
    for (const service of answer.source?.services ?? []) io.out(`${printable(service)}\n`);
  });
  io.err(validateOnly ? "valid; nothing was imported\n" : importedText(answer.source));
}

function importedText({ services, methodCount }: Partial<CatalogSource> = {}): string {
  const [count, methods] = [services?.length ?? 0, methodCount ?? 0];
  return `imported; services that conditions may name: ${count}, methods: ${methods}\n`;
}

/** @throws CliError usage, or whatever kept the other server from telling */
async function givenSet({ file, reflect, header }: Flags, io: Io): Promise<Uint8Array> {
  if (file !== undefined) {
    return trimmedSet(await readInput(file, "--file", maxGivenBytes, io), "--file");
  }
  if (reflect === undefined) {
    throw new CliError(exitCodes.usage, "give one of --file and --reflect");
  }
  return reflectedSet(reflect, headersFrom(header ?? []), io);
}
