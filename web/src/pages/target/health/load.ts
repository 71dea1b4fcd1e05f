/** Reads what the health of a target is computed from: its deliveries, and the logs of some of them. */
import { Code, ConnectError } from "@connectrpc/connect";
import type {
  Delivery,
  DeliveryAttempt,
} from "../../../../../gen/targetd/v1/delivery_service_pb.ts";
import type { TargetdClient } from "../../../../../src/client/client.ts";
import { toTimestamps } from "../../../router/time-filter.ts";
import { type Interval, spread } from "./statistics.ts";

/** Only the newest of more deliveries are looked at. */
export const mostDeliveries = 5000;
/** The list tells nothing of attempts, so the logs of some deliveries are read. */
export const mostLogs = 100;
/** As many connections as browsers open to a server. */
const atOnce = 6;
const pageSize = 1000;

export interface HealthData {
  /** Newest first. */
  readonly deliveries: readonly Delivery[];
  /** There were more. */
  readonly cut: boolean;
  readonly attempts: readonly DeliveryAttempt[];
  /** How many deliveries the attempts belong to. */
  readonly logs: number;
}

type Deliveries = TargetdClient["deliveries"];

export async function loadHealth(
  client: Deliveries,
  targetId: string,
  interval: Interval,
  signal: AbortSignal,
): Promise<HealthData> {
  const { deliveries, cut } = await listAll(client, targetId, interval, signal);
  const tried = spread(
    deliveries.filter(({ attempts }) => attempts > 0),
    mostLogs,
  );
  const logs = await readLogs(client, tried, signal);
  return { deliveries, cut, attempts: logs.flat(), logs: tried.length };
}

async function listAll(
  client: Deliveries,
  targetId: string,
  { from, to }: Interval,
  signal: AbortSignal,
): Promise<Pick<HealthData, "deliveries" | "cut">> {
  const times = toTimestamps({ since: from, until: to });
  const deliveries: Delivery[] = [];
  let pageToken = "";
  do {
    const request = { targetId, ...times, pageSize, pageToken };
    const page = await client.listDeliveries(request, { signal });
    deliveries.push(...page.deliveries);
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && deliveries.length < mostDeliveries);
  return { deliveries, cut: pageToken !== "" };
}

/** A delivery that was deleted meanwhile has no log. */
async function readLogs(
  client: Deliveries,
  deliveries: readonly Delivery[],
  signal: AbortSignal,
): Promise<readonly (readonly DeliveryAttempt[])[]> {
  const logs: (readonly DeliveryAttempt[])[] = [];
  const left = deliveries.values();
  const readOn = async () => {
    for (const { id } of left) logs.push(await logOf(client, id, signal));
  };
  await Promise.all(Array.from({ length: atOnce }, readOn));
  return logs;
}

async function logOf(client: Deliveries, id: string, signal: AbortSignal) {
  try {
    const { log } = await client.getDelivery({ id }, { signal });
    return log;
  } catch (error) {
    if (ConnectError.from(error).code === Code.NotFound) return [];
    throw error;
  }
}
