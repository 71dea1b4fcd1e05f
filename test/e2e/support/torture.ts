/** Kills a server in the middle of its deliveries, again and again. The receiver is the judge. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { workerLimits } from "../../../src/delivery/worker.ts";
import { onPostgres } from "../../support/stores.ts";
import { type DeliveryProcess, startDeliveryProcess } from "./delivery-process.ts";
import { type Judge, judgedType, openJudge } from "./judge.ts";

export interface TortureOptions {
  readonly rounds: number;
  /** Deliveries of each round; half of them go to an ordered target. */
  readonly deliveries: number;
  readonly onRound?: (round: RoundReport) => void;
}

export interface RoundReport {
  /** Deliveries whose event was accepted and that never came. */
  readonly lost: number;
  /** Deliveries that are pending although everything came. */
  readonly stuck: number;
  /** Calls beyond the first of a delivery. */
  readonly duplicates: number;
  /** Deliveries that came under more than one webhook-id. */
  readonly renamed: number;
  /** Deliveries to the ordered target that came before an earlier one. */
  readonly misplaced: number;
}

/** Most calls under way at a kill, and so most duplicates of a round. */
export const inFlight = 64;

const orders = 20;
/** How long claims hold where several servers share a database, in microseconds: shorter than the patience. */
const sharedLease = 5e6;
/** How long a round may take after its kill, in milliseconds. */
const patience = 20_000;

export interface PublishedEvent {
  readonly id: string;
  readonly aggregateId: string;
}

export async function torture(options: TortureOptions): Promise<readonly RoundReport[]> {
  const { rounds, deliveries, onRound } = options;
  const folder = await mkdtemp(join(tmpdir(), "targetd-torture-"));
  const judge = await openJudge();
  // A start gives claims back, but not where another server could hold them: there they wait for their lease.
  const lease = onPostgres() ? sharedLease : workerLimits.lease;
  const start = () => startDeliveryProcess({ dataDir: join(folder, "data"), lease, inFlight });
  let server = await start();
  try {
    await bindJudge(server, judge);
    const reports: RoundReport[] = [];
    for (let round = 0; round < rounds; round++) {
      const events = eventsOf(round, deliveries / 2);
      const before = judge.count();
      const different = judge.arrivals.size;
      const accepted = publish(server, events);
      await judge.reached(before + 1 + Math.floor(Math.random() * (deliveries - inFlight)));
      await server.end();
      const done = await accepted;
      server = await start();
      await publish(server, events.slice(done));
      await Promise.race([
        judge.complete(different + deliveries),
        delay(patience, 0, { ref: false }),
      ]);
      const stuck = await pendingOf(server);
      const report = { ...judged(judge, events), stuck };
      reports.push(report);
      onRound?.(report);
    }
    return reports;
  } finally {
    await server.end();
    await judge.close();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function bindJudge({ call }: DeliveryProcess, { url }: Judge): Promise<void> {
  const action = "zitadel.action.v2.ActionService";
  const create = async (name: string, settings: object) => {
    const target = { name, restWebhook: {}, timeout: "10s", endpoint: `${url}/${name}` };
    return (await call(`${action}/CreateTarget`, { ...target, ...settings })).id;
  };
  // A call that the kill cuts is no fault of the target, and tried again at once.
  const deliveryPolicy = { maxConcurrency: inFlight, retryDelays: Array(20).fill("1s") };
  const targets = [
    await create("loose", { deliveryPolicy }),
    await create("ordered", { deliveryPolicy, ordered: true }),
  ];
  await call(`${action}/SetExecution`, { condition: { event: { all: true } }, targets });
}

export function eventsOf(round: number, count: number): PublishedEvent[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${round}-${index}`,
    aggregateId: `${round}-${index % orders}`,
  }));
}

/** Publishes events in their order. Resolves with how many were accepted before the server was gone. */
export async function publish(
  server: DeliveryProcess,
  events: readonly PublishedEvent[],
): Promise<number> {
  const batch = Math.max(orders, Math.ceil(events.length / 10));
  for (let done = 0; done < events.length; done += batch) {
    try {
      await publishOnce(server, events.slice(done, done + batch));
    } catch {
      return done;
    }
  }
  return events.length;
}

/** Publishes events in one call. */
export async function publishOnce(
  { call }: DeliveryProcess,
  events: readonly PublishedEvent[],
): Promise<void> {
  const request = events.map(({ id, aggregateId }) => ({
    ...{ id, aggregateId, type: "torture.went", aggregateType: judgedType, payload: { id } },
  }));
  await call("targetd.v1.EventService/PublishEvents", { events: request });
}

/** How many stay pending; those whose call has just arrived have a moment to be written. */
export async function pendingOf({ call }: DeliveryProcess): Promise<number> {
  const request = { state: "DELIVERY_STATE_PENDING" };
  for (let left = patience; ; left -= 50) {
    const page = await call("targetd.v1.DeliveryService/ListDeliveries", request);
    const { deliveries = [], nextPageToken } = page;
    const { length } = deliveries as readonly unknown[];
    if ((length === 0 && nextPageToken === undefined) || left <= 0) return length;
    await delay(50);
  }
}

function judged(
  { arrivals }: Judge,
  events: readonly PublishedEvent[],
): Omit<RoundReport, "stuck"> {
  const of = (path: string) =>
    events.map(({ id }) => arrivals.get(`${path} ${id}`)?.webhookIds ?? []);
  const all = [...of("/loose"), ...of("/ordered")];
  const places = new Map([...arrivals.keys()].map((place, index) => [place, index]));
  const isMisplaced = ({ id }: PublishedEvent, index: number) => {
    const earlier = events[index - orders];
    if (earlier === undefined) return false;
    const place = (event: PublishedEvent) =>
      places.get(`/ordered ${event.id}`) ?? Number.POSITIVE_INFINITY;
    return place(earlier) > (places.get(`/ordered ${id}`) ?? Number.POSITIVE_INFINITY);
  };
  return {
    lost: all.filter(({ length }) => length === 0).length,
    duplicates: all.reduce((sum, { length }) => sum + Math.max(0, length - 1), 0),
    renamed: all.filter((ids) => new Set(ids).size > 1).length,
    misplaced: events.filter(isMisplaced).length,
  };
}
