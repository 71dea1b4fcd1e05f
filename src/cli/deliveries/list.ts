/** targetd deliveries list */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { type Command, Option } from "commander";
import {
  DeliveryState,
  type ListDeliveriesRequestSchema,
  type ListDeliveriesResponse,
  ListDeliveriesResponseSchema,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { countArgument, momentArgument } from "../arguments.ts";
import { addCallFlags, type CallFlags, printAnswer } from "../call-flags.ts";
import { addExamples } from "../examples.ts";
import type { Io } from "../io.ts";
import { type DeliveryClient, withDeliveries } from "./client.ts";
import { deliveryTable, type StateWord, states } from "./text.ts";

interface Flags extends CallFlags {
  readonly target?: string;
  readonly state?: StateWord;
  readonly eventType?: string;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly limit: number;
}

export function addListCommand(parent: Command, io: Io): void {
  const command = parent
    .command("list")
    .summary("list deliveries")
    .description("Lists deliveries, newest first.")
    .option("--target <id>", "only deliveries to this target")
    .addOption(
      new Option("--state <state>", "only deliveries in this state").choices(Object.keys(states)),
    )
    .option("--event-type <type>", "only deliveries of events of this type")
    .option("--since <when>", "only since then: so long ago, or a date", momentArgument("ago"))
    .option("--until <when>", "only before then: so long ago, or a date", momentArgument("ago"))
    .option("--limit <number>", "deliveries to show", countArgument(1_000_000), 100)
    .action((flags: Flags) => listDeliveries(flags, io));
  addCallFlags(command);
  addExamples(
    command,
    "targetd deliveries list --state failed --since 40h",
    "targetd deliveries list --target <target id> --limit 1000 --json",
  );
}

async function listDeliveries(flags: Flags, io: Io): Promise<void> {
  const answer = await withDeliveries(flags, io, (client) =>
    collect(client, filterFrom(flags), flags.limit),
  );
  printAnswer(ListDeliveriesResponseSchema, answer, flags, io, () => {
    const { deliveries, nextPageToken } = answer;
    if (deliveries.length > 0) io.out(deliveryTable(deliveries));
    else io.err("no deliveries\n");
    if (nextPageToken !== "") io.err("there are more: raise --limit\n");
  });
}

type Filter = MessageInitShape<typeof ListDeliveriesRequestSchema>;

function filterFrom({ target, state, eventType, since, until }: Flags): Filter {
  return {
    targetId: target ?? "",
    state: state === undefined ? DeliveryState.UNSPECIFIED : states[state],
    eventType: eventType ?? "",
    ...(since && { since }),
    ...(until && { until }),
  };
}

/** Largest page that the server gives. */
const maxPage = 1000;

/** Follows the pages until there are enough deliveries, and joins them into one answer. */
async function collect(
  client: DeliveryClient,
  filter: Filter,
  limit: number,
): Promise<ListDeliveriesResponse> {
  const joined = create(ListDeliveriesResponseSchema);
  while (joined.deliveries.length < limit) {
    const pageSize = Math.min(limit - joined.deliveries.length, maxPage);
    const page = await client.listDeliveries({
      ...filter,
      pageSize,
      pageToken: joined.nextPageToken,
    });
    joined.deliveries.push(...page.deliveries);
    joined.nextPageToken = page.nextPageToken;
    if (page.nextPageToken === "") break;
  }
  return joined;
}
