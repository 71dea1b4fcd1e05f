/** targetd token list */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Command } from "commander";
import {
  ListTokensResponseSchema,
  type Token,
  TokenService,
} from "../../../gen/targetd/v1/token_service_pb.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { withClient } from "../client.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { addPageFlags, type PageFlags, pageNote, pageRequest } from "../page-flags.ts";
import { columns, printable, timeText } from "../text.ts";

type Flags = CallFlags & PageFlags & { readonly asc?: boolean };

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list tokens")
    .description("Lists the tokens of the instance, newest first, those that ended included.")
    .option("--asc", "oldest first")
    .action((flags: Flags) => listTokens(flags, io));
  addPageFlags(command, "tokens");
  addCallFlags(command);
  addExamples(command, "targetd token list", "targetd token list --asc --limit 10 --json");
}

async function listTokens(flags: Flags, io: Io): Promise<void> {
  const request = { pagination: pageRequest(flags, flags.asc === true) };
  const answer = await withClient(TokenService, flags, io, (client) => client.listTokens(request));
  printAnswer(ListTokensResponseSchema, answer, flags, io, () => {
    const { tokens, pagination } = answer;
    if (tokens.length > 0) io.out(columns([head, ...tokens.map(row)]));
    io.err(pageNote("tokens", flags, tokens.length, pagination));
  });
}

const head = ["ID", "STATE", "GRANTS", "CREATED", "LAST USE", "DESCRIPTION"];

function row(token: Token): string[] {
  return [
    token.id,
    stateOf(token),
    [...token.roles, ...token.permissions].join(","),
    timeText(token.creationDate),
    timeText(token.lastUseDate) || "never",
    token.description,
  ].map(printable);
}

function stateOf({ revocationDate, expirationDate }: Token): string {
  if (revocationDate !== undefined) return "revoked";
  if (expirationDate === undefined) return "valid";
  const ended = timestampMs(expirationDate) <= Date.now();
  return `${ended ? "expired" : "until"} ${timeText(expirationDate)}`;
}
