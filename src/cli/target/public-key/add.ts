/** targetd target public-key add */
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import { AddPublicKeyResponseSchema } from "../../../../gen/zitadel/action/v2/public_key_messages_pb.ts";
import { momentArgument } from "../../arguments.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../../call-flags.ts";
import { CliError } from "../../cli-error.ts";
import { addExamples } from "../../examples.ts";
import { exitCodes } from "../../exit-codes.ts";
import { readInput } from "../../input.ts";
import type { Io } from "../../io.ts";
import { withTargets } from "../client.ts";

interface Flags extends ActionFlags {
  readonly file: string;
  readonly expires?: Timestamp;
  readonly requestId?: string;
}

/** Longest file that is sent, in bytes; the server takes half of it and says so. */
const maxFileBytes = 16_384;

export function addAddCommand(parent: Command, io: Io): void {
  const command = parent
    .command("add")
    .summary("add a public key and print its id")
    .description(
      "Adds a public key to a target and prints its id. It must be PEM: RSA of at least 2048 bits, or " +
        "EC on P-256, P-384 or P-521. It is not used until it is activated.",
    )
    .argument("<id>", "id of the target")
    .requiredOption("--file <path>", "file with the key; - reads standard input")
    .option(
      "--expires <when>",
      'when it may no longer be used: in a while such as "365d", or on a date; never unless given',
      momentArgument("ahead"),
    )
    .option("--request-id <uuid>", "makes the call safe to repeat for 24 hours")
    .action((id: string, flags: Flags) => addKey(id, flags, io));
  addActionFlags(command);
  addExamples(
    command,
    "targetd target public-key add <id> --file receiver.pub.pem --expires 365d",
    "openssl pkey -in receiver.pem -pubout | targetd target public-key add <id> --file -",
  );
}

async function addKey(targetId: string, flags: Flags, io: Io): Promise<void> {
  const { file, expires, requestId } = flags;
  const publicKey = await readInput(file, "--file", maxFileBytes, io);
  requirePublic(publicKey);
  const request = {
    targetId,
    publicKey,
    ...(expires && { expirationDate: expires }),
    ...(requestId !== undefined && { requestId }),
  };
  const answer = await withTargets(flags, io, (client) => client.addPublicKey(request));
  printAnswer(AddPublicKeyResponseSchema, answer, flags, io, () => io.out(`${answer.keyId}\n`));
  io.err("The key is inactive; activate it to use it.\n");
}

/** @throws CliError usage, before a private key leaves this machine */
function requirePublic(pem: Uint8Array): void {
  if (!Buffer.from(pem).includes("PRIVATE KEY-----")) return;
  throw new CliError(exitCodes.usage, "--file: this is a private key; it was not sent", {
    hint: '"openssl pkey -in <file> -pubout" prints the public one',
  });
}
