/**
 * UpdateTarget over gRPC at less and at more calls than the server can answer: calls come at random times, whatever
 * becomes of those before them.
 */
import { setTimeout as delay } from "node:timers/promises";
import { targets } from "./contenders/sqlite-updates.ts";
import type { Measured, Order } from "./load/order.ts";
import { printTable } from "./report.ts";
import { keepResult } from "./results.ts";
import { type Load, loadSource, startLoad } from "./support/load.ts";
import { counterOf } from "./support/metrics.ts";
import { isRealTime } from "./support/process-use.ts";
import { rounds, type Spread, spreadOf } from "./support/rounds.ts";
import { type BenchServer, startBenchServer, where } from "./support/server.ts";
import { type Goal, printGoals } from "./support/standings.ts";
import { createTargets } from "./support/targets.ts";
import { grpcUpdates } from "./support/update-calls.ts";

/** Calls that come, in those that the server answers when as many wait as it takes. */
const loads = [0.8, 2] as const;
const fullWidth = { connections: 64, streams: 1 } as const;
/** With the streams that each may have, twice as many calls as the server takes at a time. */
const width = { connections: 128, streams: 1 } as const;
const capacityMilliseconds = 1_000;
/** Overload begins and its first queue is worked off. */
const settleMilliseconds = 4_000;
const milliseconds = settleMilliseconds + 1_500;
/** Longer than the server calls itself overloaded after the last refusal. */
const calmMilliseconds = 1_200;

const realTimeWarning =
  "Real-time scheduling (chrt): the kernel stops a busy server for 50 ms of each second, so p99 is not the server's.";

type Found = Pick<Measured, "p50" | "p90" | "p99" | "refusedP50" | "refusedP99"> & {
  /** Calls answered a second. */
  readonly answered: number;
  /** Those that came. */
  readonly offered: number;
  /** Share of the calls that were refused. */
  readonly share: number;
};

export async function measureOverload(): Promise<void> {
  const load = await startLoad();
  const server = await startBenchServer();
  try {
    const calls = grpcUpdates(await createTargets(server, targets));
    const { port, headers } = server;
    const order = { protocol: "grpc", port, headers, calls, ...width } as const;
    await load.run({ ...order, milliseconds: settleMilliseconds });
    console.log(`\nUpdateTarget over gRPC at random times; medians of ${rounds} turns, ${where};`);
    console.log(loadSource);
    if (isRealTime()) console.log(realTimeWarning);
    const { capacity, found } = await takeTurns(load, server, order);
    print(capacity, found);
    const goals = goalsOf(found);
    printGoals(goals);
    keepResult("overload", { capacity, found: Object.fromEntries(found), goals });
  } finally {
    await Promise.all([load.end(), server.end()]);
  }
}

type Spreads = Readonly<Record<keyof Found, Spread>>;

async function takeTurns(load: Load, server: BenchServer, order: Omit<Order, "milliseconds">) {
  const capacities: number[] = [];
  const found = new Map<number, Found[]>(loads.map((share) => [share, []]));
  for (let round = 0; round < rounds; round++) {
    const full = await load.run({ ...order, ...fullWidth, milliseconds: capacityMilliseconds });
    const capacity = full.calls / full.seconds;
    capacities.push(capacity);
    for (const share of loads) {
      const before = await refusals(server);
      const rate = share * capacity;
      const measured = await load.run({ ...order, rate, milliseconds, settleMilliseconds });
      checkRefusals(measured, (await refusals(server)) - before);
      found.get(share)?.push(foundIn(measured, rate));
      await delay(calmMilliseconds);
    }
  }
  const spreads = [...found].map(([share, all]) => [share, spreadsOf(all)] as const);
  return { capacity: spreadOf(capacities), found: new Map(spreads) };
}

const refusals = ({ metricsUrl }: BenchServer) =>
  counterOf(metricsUrl, "targetd_rpc_refused_total");

/** Other refusals have the same status. */
function checkRefusals({ refused }: Measured, told: number): void {
  if (refused > told)
    throw new Error(`${refused} calls were refused, of which ${told} for overload`);
}

function foundIn(measured: Measured, offered: number): Found {
  const { calls, refused, seconds, p50, p90, p99, refusedP50, refusedP99 } = measured;
  const share = refused / (calls + refused);
  return { answered: calls / seconds, offered, share, p50, p90, p99, refusedP50, refusedP99 };
}

function spreadsOf(all: readonly Found[]): Spreads {
  const names = Object.keys(all[0] ?? {}) as (keyof Found)[];
  // Of calls that there were none of nothing is known.
  const known = (name: keyof Found) => all.map((found) => found[name]).filter(Number.isFinite);
  const spreads = names.map((name) => [name, spreadOf(known(name))]);
  return Object.fromEntries(spreads) as Spreads;
}

function print(capacity: Spread, found: ReadonlyMap<number, Spreads>): void {
  const whole = (value: number) => value.toFixed(0);
  const ms = (value: number) => (Number.isNaN(value) ? "-" : value.toFixed(2));
  console.log(`answered at most: ${whole(capacity.median)} calls/s, 64 at a time\n`);
  printTable(
    [
      ...["load", "calls/s", "answered/s", "least", "most", "refused %"],
      ...["p50 ms", "p90 ms", "p99 ms", "least", "most", "refused p50", "p99"],
    ],
    [...found].map(([share, { offered, answered, ...of }]) => [
      ...[`${share}x`, whole(offered.median), whole(answered.median)],
      ...[whole(answered.least), whole(answered.most), (of.share.median * 100).toFixed(1)],
      ...[ms(of.p50.median), ms(of.p90.median), ms(of.p99.median)],
      ...[ms(of.p99.least), ms(of.p99.most)],
      ...[ms(of.refusedP50.median), ms(of.refusedP99.median)],
    ]),
  );
}

function goalsOf(found: ReadonlyMap<number, Spreads>): Goal[] {
  const [below, above] = loads.map((share) => found.get(share));
  const ratio = (name: "p50" | "p90" | "p99") =>
    (above?.[name].median ?? Number.NaN) / (below?.[name].median ?? Number.NaN);
  return (["p50", "p90", "p99"] as const).map((name) => ({
    ...{ name: `${name} of answered calls at 2x, of that at 0.8x`, reached: ratio(name), goal: 3 },
    less: true,
  }));
}
