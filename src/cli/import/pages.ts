/** Reads whole lists, page by page. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type {
  PaginationRequestSchema,
  PaginationResponse,
} from "../../../gen/zitadel/filter/v2/filter_pb.ts";
import { CliError } from "../cli-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { repeated } from "./retry.ts";

export interface Page<T> {
  readonly items: readonly T[];
  readonly pagination: PaginationResponse | undefined;
}

export type ReadPage<T> = (
  pagination: MessageInitShape<typeof PaginationRequestSchema>,
) => Promise<Page<T>>;

/** Entries asked for at a time: what ZITADEL gives by default, and allows however it is configured. */
const pageLimit = 100;

/** Most entries of one list; a server that has more, or never ends, is refused. */
const mostEntries = 100_000;

/** How often a list is begun anew because it changed while it was read. */
const attempts = 5;

/**
 * All entries of a list, in the order of the server. The pages are those of one state of the list: when the count
 * of all entries changes in between, or an entry comes twice, it is read again.
 *
 * @param things what the list is made of, for errors
 * @param keyOf what tells one entry from another
 * @throws CliError when the list does not stand still; whatever `read` throws
 */
export async function readAll<T>(
  things: string,
  read: ReadPage<T>,
  keyOf: (item: T) => string,
): Promise<readonly T[]> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const items = await readOnce(things, read);
    if (items !== undefined && new Set(items.map(keyOf)).size === items.length) return items;
  }
  throw new CliError(exitCodes.unavailable, `the list of ${things} changed while it was read`, {
    hint: "try again when nobody changes it",
  });
}

/** @returns undefined when it changed meanwhile */
async function readOnce<T>(things: string, read: ReadPage<T>): Promise<readonly T[] | undefined> {
  const items: T[] = [];
  let total: bigint | undefined;
  for (;;) {
    const page = await readPage(read, items.length);
    items.push(...page.items);
    requireFew(things, items.length);
    // ZITADEL counts nothing where the offset is past the end, so such a page says only that it is the end.
    if (page.items.length === 0) return (total ?? 0n) > items.length ? undefined : items;
    const counted = page.pagination?.totalResult ?? 0n;
    if (total !== undefined && counted !== total) return undefined;
    total = counted;
    if (total > 0n && items.length >= total) return items;
  }
}

/** @throws CliError for more than a list may have */
function requireFew(things: string, count: number): void {
  if (count <= mostEntries) return;
  throw new CliError(exitCodes.failure, `there are more than ${mostEntries} ${things}`);
}

/** Servers may give fewer than asked for; those that allow fewer are asked for their own default. */
async function readPage<T>(read: ReadPage<T>, offset: number): Promise<Page<T>> {
  const ask = (limit: number) => repeated(() => read({ offset: BigInt(offset), limit, asc: true }));
  try {
    return await ask(pageLimit);
  } catch (error) {
    if (!(error instanceof ConnectError) || error.code !== Code.InvalidArgument) throw error;
    return ask(0);
  }
}
