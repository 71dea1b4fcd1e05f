/**
 * Deliveries: how many events are accepted, and how many deliveries are made, in a second, beside raw
 * undici that posts to the same sink; and how long a fast target waits beside one that hangs.
 */
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import {
  EventSchema,
  EventService,
  type Event as PublishedEvent,
} from "../gen/targetd/v1/event_service_pb.ts";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";
import { medianOf, printTable } from "./report.ts";
import { type Child, cores, pinned, startChild } from "./support/child.ts";
import { cpuSeconds, residentBytes } from "./support/process-use.ts";
import { postRaw, type RawPosts } from "./support/raw-posts.ts";
import { type BenchServer, startBenchServer } from "./support/server.ts";

const rounds = 5;
/** Calls of a round. */
const calls = 10_000;
/** Calls to the sink at the same time: the default of a target, and more. */
const widths = [10, 64] as const;
/** Events of one call, and calls at the same time, of the publisher. */
const batch = 100;
const publishers = 4;
/** Events a second beside the target that hangs. */
const steadyRate = 1_000;
const steadyCount = 5_000;

/** What the sink tells of a round; see support/sink.ts. */
interface Arrivals {
  readonly seconds: number;
  readonly p99: number;
  readonly hanging: number;
}

export async function measureDeliveries(): Promise<void> {
  const sink = await startChild([file("sink.ts")], {
    core: cores.other,
    ready: /listening on (\S+)/,
  });
  try {
    await measureThroughput(sink);
    await measureFairness(sink);
  } finally {
    await sink.end();
  }
}

const file = (name: string) => join(import.meta.dirname, "support", name);

async function measureThroughput(sink: Child): Promise<void> {
  const server = await startBenchServer();
  try {
    const rows = [];
    for (const width of widths) rows.push(await throughputOf(server, sink, width));
    console.log(
      "\nDeliveries in a second, events synced before they are accepted, results after 100 ms;",
    );
    console.log(`medians of ${rounds} rounds of ${calls} that take turns, ${where}\n`);
    const head = [
      "calls at once",
      "raw undici",
      "accepted",
      "delivered",
      "ratio",
      "both together",
      "CPU",
    ];
    printTable(head, rows);
    console.log(`\nresident memory of the server: ${residentMiB(server)} MiB`);
  } finally {
    await server.end();
  }
}

const where = pinned
  ? "targetd and raw undici each on one core, the sink and the publisher on the other"
  : "all on the same cores";

async function throughputOf(server: BenchServer, sink: Child, width: number): Promise<string[]> {
  const actions = server.client(ActionService);
  const target = await bind(actions, `${sink.found}/take/${width}`, width);
  const events = server.client(EventService);
  const found: Record<string, number[]> = {};
  const note = (name: string, value: number) => {
    found[name] = [...(found[name] ?? []), value];
  };
  for (let round = 0; round < rounds; round++) {
    const raw = await postBeside(sink, width);
    note("raw", raw.perSecond);
    note("rawCpu", raw.cpu);
    await actions.updateTarget({ id: target, disabled: true });
    const begun = performance.now();
    await publish(events, calls);
    note("accepted", (calls * 1000) / (performance.now() - begun));
    const drained = arrivalsOf(sink, calls);
    const cpu = cpuSeconds(server.process.pid);
    await actions.updateTarget({ id: target, disabled: false });
    note("drained", calls / (await drained).seconds);
    note("cpu", ((cpuSeconds(server.process.pid) - cpu) * 1e6) / calls);
    const together = arrivalsOf(sink, calls);
    await publish(events, calls);
    note("together", calls / (await together).seconds);
  }
  const median = (name: string) => medianOf(found[name] ?? []);
  const [raw, drained, rawCpu, cpu] = ["raw", "drained", "rawCpu", "cpu"].map(median);
  return [
    `${width}`,
    ...["raw", "accepted", "drained"].map((name) => median(name).toFixed(0)),
    ratio(drained, raw),
    median("together").toFixed(0),
    ...["rawCpu", "cpu"].map((name) => `${median(name).toFixed(0)} µs`),
    ratio(cpu, rawCpu),
  ];
}

const ratio = (value = Number.NaN, base = Number.NaN) => (value / base).toFixed(2);

/** Events to one target alone. Resolves with its id. */
async function bind(
  actions: Client<typeof ActionService>,
  endpoint: string,
  maxConcurrency: number,
): Promise<string> {
  const { id } = await actions.createTarget({
    name: endpoint,
    ...{ endpoint, targetType: { case: "restWebhook", value: {} }, timeout: { seconds: 10n } },
    deliveryPolicy: { maxConcurrency },
  });
  await actions.setExecution({
    condition: {
      conditionType: { case: "event", value: { condition: { case: "all", value: true } } },
    },
    targets: [id],
  });
  return id;
}

/** Counts over all parts, so that no event has the id of another. */
let published = 0;

function newEvents(count: number, type = "order.paid"): PublishedEvent[] {
  return Array.from({ length: count }, () =>
    create(EventSchema, {
      ...{ id: `event-${published++}`, type, aggregateId: "17", aggregateType: "order" },
      ...{ userId: "user-1", version: "v1", sequence: 4n, payload: { sum: 12.5 } },
    }),
  );
}

async function publish(events: Client<typeof EventService>, count: number): Promise<void> {
  let left = count;
  const run = async () => {
    while (left > 0) {
      const size = Math.min(batch, left);
      left -= size;
      await events.publishEvents({ events: newEvents(size) });
    }
  };
  await Promise.all(Array.from({ length: publishers }, run));
}

async function arrivalsOf(sink: Child, count: number): Promise<Arrivals> {
  sink.write(`await ${count}`);
  return JSON.parse(await sink.line()) as Arrivals;
}

async function postBeside(sink: Child, width: number): Promise<RawPosts> {
  const arrived = arrivalsOf(sink, calls);
  const posted = await postRaw(`${sink.found}/raw`, calls, width);
  await arrived;
  return posted;
}

async function measureFairness(sink: Child): Promise<void> {
  const alone = await steady(sink, false);
  const beside = await steady(sink, true);
  console.log(`\nA fast target at ${steadyRate} events/s: time from the event to its arrival\n`);
  const ms = ({ p99 }: Arrivals) => `${p99.toFixed(0)} ms`;
  printTable(
    ["", "alone", "beside one that hangs", "ratio"],
    [["p99", ms(alone), ms(beside), (beside.p99 / alone.p99).toFixed(2)]],
  );
  console.log(`\ncalls that hung at the same time: ${beside.hanging} at most`);
}

async function steady(sink: Child, hangs: boolean): Promise<Arrivals> {
  const server = await startBenchServer();
  try {
    const actions = server.client(ActionService);
    const fast = await bind(actions, `${sink.found}/fast`, 10);
    if (hangs) await bindBoth(actions, fast, `${sink.found}/hang`);
    const events = server.client(EventService);
    const arrived = arrivalsOf(sink, steadyCount);
    const size = 20;
    for (let done = 0; done < steadyCount; done += size) {
      await events.publishEvents({ events: newEvents(size) });
      await new Promise((resolve) => setTimeout(resolve, (size * 1000) / steadyRate));
    }
    return await arrived;
  } finally {
    await server.end();
  }
}

/** Lets each event go to both. */
async function bindBoth(
  actions: Client<typeof ActionService>,
  fast: string,
  endpoint: string,
): Promise<void> {
  const slow = await bind(actions, endpoint, 10);
  await actions.setExecution({
    condition: {
      conditionType: { case: "event", value: { condition: { case: "all", value: true } } },
    },
    targets: [fast, slow],
  });
}

function residentMiB({ process: { pid } }: BenchServer): string {
  return (residentBytes(pid) / 1024 ** 2).toFixed(0);
}
