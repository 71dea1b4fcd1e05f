/** targetd history */
import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { type Timestamp, type Value, ValueSchema } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import { type Command, Option } from "commander";
import {
  AuditService,
  type Change,
  type ListChangesRequestSchema,
  type ListChangesResponse,
  ListChangesResponseSchema,
  ResourceType,
} from "../../gen/targetd/v1/audit_service_pb.ts";
import { countArgument, momentArgument } from "./arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "./call-flags.ts";
import { CliError } from "./cli-error.ts";
import { withClient } from "./client.ts";
import { addExamples } from "./examples.ts";
import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { printable, timeText } from "./text.ts";

/** The words for what a change is about. */
const types = {
  target: ResourceType.TARGET,
  token: ResourceType.TOKEN,
  instance: ResourceType.INSTANCE,
  call: ResourceType.CALL,
  execution: ResourceType.EXECUTION,
  catalog: ResourceType.CATALOG,
  delivery: ResourceType.DELIVERY,
} as const;

interface Flags extends CallFlags {
  readonly type?: keyof typeof types;
  readonly resource?: string;
  readonly author?: string;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly limit: number;
}

export function addHistoryCommand(parent: Command, io: Io): void {
  const command = parent
    .command("history")
    .summary("show who changed what, and who was refused")
    .description(
      "Shows the changes of a target, or of everything in the instance, newest first. Secrets " +
        "never show.",
    )
    .argument("[target-id]", "only changes of this target")
    .addOption(
      new Option("--type <type>", "only changes of this kind of thing").choices(Object.keys(types)),
    )
    .option("--resource <id>", "only changes of the thing with this id; of calls, the method")
    .option("--author <author>", "only changes by this author")
    .option("--since <when>", "only since then: so long ago, or a date", momentArgument("ago"))
    .option("--until <when>", "only before then: so long ago, or a date", momentArgument("ago"))
    .option("--limit <number>", "changes to show", countArgument(1_000_000), 100)
    .action((id: string | undefined, flags: Flags) => showHistory(id, flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd history <target id>",
    "targetd history --since 24h",
    "targetd history --type call                 calls that were refused",
    "targetd history --author token:0tgdhz0jj9re --limit 1000 --json",
  );
}

async function showHistory(id: string | undefined, flags: Flags, io: Io): Promise<void> {
  const filter = filterFrom(id, flags);
  const answer = await withClient(AuditService, flags, io, (client) =>
    collect(client, filter, flags.limit),
  );
  printAnswer(ListChangesResponseSchema, answer, flags, io, () => {
    for (const change of answer.changes) io.out(changeText(change));
    if (answer.changes.length === 0) io.err("no changes\n");
    else if (answer.nextPageToken !== "") io.err("there are more: raise --limit\n");
  });
}

type Filter = MessageInitShape<typeof ListChangesRequestSchema>;

/** @throws CliError usage when a target and something else are asked for */
function filterFrom(id: string | undefined, flags: Flags): Filter {
  const { type, resource, author, since, until } = flags;
  if (id !== undefined && (type !== undefined || resource !== undefined)) {
    throw new CliError(exitCodes.usage, "a target id excludes --type and --resource");
  }
  const wanted = id === undefined ? type : "target";
  return {
    resourceType: wanted === undefined ? ResourceType.UNSPECIFIED : types[wanted],
    resourceId: id ?? resource ?? "",
    author: author ?? "",
    ...(since && { since }),
    ...(until && { until }),
  };
}

/** Largest page that the server gives. */
const maxPage = 1000;

/** Follows the pages until there are enough changes, and joins them into one answer. */
async function collect(
  client: Client<typeof AuditService>,
  filter: Filter,
  limit: number,
): Promise<ListChangesResponse> {
  const joined = create(ListChangesResponseSchema);
  while (joined.changes.length < limit) {
    const pageSize = Math.min(limit - joined.changes.length, maxPage);
    const pageToken = joined.nextPageToken;
    const page = await client.listChanges({ ...filter, pageSize, pageToken });
    joined.changes.push(...page.changes);
    joined.nextPageToken = page.nextPageToken;
    if (page.nextPageToken === "") break;
  }
  return joined;
}

function changeText(change: Change): string {
  const { date, author, certificate, action, resourceType, resourceId, fields } = change;
  const type = Object.entries(types).find(([, number]) => number === resourceType)?.[0] ?? "";
  const by = certificate === "" ? author : `${author} with the certificate ${certificate}`;
  const lines = [
    `${timeText(date)}  ${action} ${type} ${resourceId} by ${by}`,
    ...fields.map((each) => `  ${each.field}: ${text(each.oldValue)} -> ${text(each.newValue)}`),
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

function text(value: Value | undefined): string {
  return value === undefined ? "none" : JSON.stringify(toJson(ValueSchema, value));
}
