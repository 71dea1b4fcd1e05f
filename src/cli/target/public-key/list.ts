/** targetd target public-key list */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type Command, Option } from "commander";
import { ListPublicKeysResponseSchema } from "../../../../gen/zitadel/action/v2/public_key_messages_pb.ts";
import { PublicKeyFieldName } from "../../../../gen/zitadel/action/v2/query_pb.ts";
import type { PublicKey } from "../../../../gen/zitadel/action/v2/target_pb.ts";
import { type ActionFlags, addActionFlags, printAnswer } from "../../call-flags.ts";
import { addExamples } from "../../examples.ts";
import type { Io } from "../../io.ts";
import { addPageFlags, type PageFlags, pageNote, pageRequest } from "../../page-flags.ts";
import { columns, printable, timeText } from "../../text.ts";
import { withTargets } from "../client.ts";

/** The words for sorting. */
const sortColumns = {
  created: PublicKeyFieldName.CREATION_DATE,
  changed: PublicKeyFieldName.CHANGE_DATE,
  expires: PublicKeyFieldName.EXPIRATION_DATE,
} as const;

interface Flags extends ActionFlags, PageFlags {
  readonly active?: boolean;
  readonly sort: keyof typeof sortColumns;
  readonly asc?: boolean;
}

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list the public keys of a target")
    .description("Lists the public keys of a target, newest first unless told otherwise.")
    .argument("<id>", "id of the target")
    .option("--active", "only the one in use")
    .addOption(
      new Option("--sort <column>", "what to sort by")
        .choices(Object.keys(sortColumns))
        .default("created"),
    )
    .option("--asc", "oldest first")
    .action((id: string, flags: Flags) => listKeys(id, flags, io));
  addPageFlags(command, "keys");
  addActionFlags(command);
  addExamples(
    command,
    "targetd target public-key list <id>",
    "targetd target public-key list <id> --active --json",
  );
}

async function listKeys(targetId: string, flags: Flags, io: Io): Promise<void> {
  const request = {
    targetId,
    pagination: pageRequest(flags, flags.asc === true),
    sortingColumn: sortColumns[flags.sort],
    filters: flags.active ? [{ filter: { case: "activeFilter", value: true } as const }] : [],
  };
  const answer = await withTargets(flags, io, (client) => client.listPublicKeys(request));
  printAnswer(ListPublicKeysResponseSchema, answer, flags, io, () => {
    const { publicKeys, pagination } = answer;
    if (publicKeys.length > 0) io.out(columns([head, ...publicKeys.map(row)]));
    io.err(pageNote("public keys", flags, publicKeys.length, pagination));
  });
}

const head = ["ID", "STATE", "CREATED", "EXPIRES", "FINGERPRINT"];

function row(key: PublicKey): string[] {
  const expires = timeText(key.expirationDate) || "never";
  return [key.keyId, stateOf(key), timeText(key.creationDate), expires, key.fingerprint].map(
    printable,
  );
}

function stateOf({ active, expirationDate }: PublicKey): string {
  const expired = expirationDate !== undefined && timestampMs(expirationDate) <= Date.now();
  return [active ? "active" : "inactive", ...(expired ? ["expired"] : [])].join(", ");
}
