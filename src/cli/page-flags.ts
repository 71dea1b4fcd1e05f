/** The flags that choose a part of a list, and the line that says which part it was. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Command } from "commander";
import type {
  PaginationRequestSchema,
  PaginationResponse,
} from "../../gen/zitadel/filter/v2/filter_pb.ts";
import { countArgument } from "./arguments.ts";

export interface PageFlags {
  readonly offset: number;
  readonly limit: number;
}

/** @param things what the list is made of, in the plural */
export function addPageFlags(command: Command, things: string): Command {
  return command
    .option("--offset <number>", `${things} to skip`, countArgument(Number.MAX_SAFE_INTEGER), 0)
    .option("--limit <number>", `${things} to show, up to 1000`, countArgument(2 ** 32 - 1), 100);
}

export function pageRequest(
  { offset, limit }: PageFlags,
  asc: boolean,
): MessageInitShape<typeof PaginationRequestSchema> {
  return { offset: BigInt(offset), limit, asc };
}

/**
 * Says which part of how many is shown.
 *
 * @param shown how many are shown
 */
export function pageNote(
  things: string,
  { offset }: PageFlags,
  shown: number,
  pagination: PaginationResponse | undefined,
): string {
  const total = pagination?.totalResult ?? 0n;
  if (shown === 0) return `no ${things} (${total} match)\n`;
  return `${offset + 1} to ${offset + shown} of ${total}\n`;
}
