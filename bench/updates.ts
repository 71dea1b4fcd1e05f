/** UpdateTarget over gRPC, beside the limit of the transport and what a user would write. */

import { idOf, targets } from "./contenders/sqlite-updates.ts";
import { keepResult } from "./results.ts";
import { startBareCommit } from "./support/bare-commit.ts";
import { type Contender, startContender } from "./support/contender.ts";
import { type Load, loadSource, startLoad } from "./support/load.ts";
import { totalOf } from "./support/metrics.ts";
import {
  rounds,
  type Standing,
  spreadOf,
  takeTurns,
  type Width,
  warmUp,
} from "./support/rounds.ts";
import { type BenchServer, startBenchServer, where } from "./support/server.ts";
import { type Goal, printGoals, printStandings, reachedOf } from "./support/standings.ts";
import { createTargets } from "./support/targets.ts";
import { grpcUpdates } from "./support/update-calls.ts";

const widths: readonly Width[] = [
  { connections: 1, streams: 1 },
  { connections: 1, streams: 8 },
  { connections: 4, streams: 16 },
  { connections: 16, streams: 16 },
];
const raw = "node:http2, no-op";
const grpcJs = "grpc-js, no-op";
const connectNode = "connect-node, no-op";
const sqlite = "grpc-js, better-sqlite3";

export async function measureUpdates(): Promise<void> {
  const load = await startLoad();
  const server = await startBenchServer();
  const others = await startOthers();
  try {
    const ids = await createTargets(server, targets);
    const own = ownContender(server, "targetd", ids, true);
    const contenders = [...others, own];
    await warmUp(load, contenders, { connections: 4, streams: 16 });
    console.log(`\nUpdateTarget over gRPC, each a change; medians of ${rounds} turns, ${where};`);
    console.log(`${loadSource}`);
    const results: Record<string, unknown> = {};
    const goals: Goal[] = [];
    for (const width of widths) {
      const atOnce = width.connections * width.streams;
      const found = await measureWidth(load, server, contenders, width);
      results[atOnce] = found;
      console.log(`\n${atOnce} at a time, ${width.connections} connections\n`);
      printStandings(found.standings);
      console.log(`\nupdates in each commit of targetd: ${found.writers.toFixed(1)}`);
      if (atOnce === 64) goals.push(...goalsOf(found.standings, found.writers));
    }
    const single = await measureSingle(load, contenders);
    const noChange = ownContender(server, "targetd, no change", ids, false);
    const [unchanged] = await takeTurns(load, [noChange], { connections: 4, streams: 16 });
    console.log(
      `\nUpdates that change nothing, 64 at a time: ${unchanged?.perSecond.median.toFixed(0)} calls/s`,
    );
    printGoals([...goals, single.goal]);
    keepResult("updates", { atOnce: results, single, unchanged, goals: [...goals, single.goal] });
  } finally {
    await Promise.all([load, server, ...others].map((each) => each.end()));
  }
}

const noTargets = { protocol: "grpc", headers: {} } as const;

async function startOthers(): Promise<Contender[]> {
  const calls = grpcUpdates(Array.from({ length: targets }, (_, index) => idOf(index)));
  const target = { ...noTargets, calls };
  return [
    await startContender(raw, ["raw-http2.ts"], target),
    await startContender(grpcJs, ["grpc-js.ts", "noop"], target),
    await startContender(connectNode, ["connect-node.ts"], target),
    await startContender(sqlite, ["grpc-js.ts", "sqlite"], target),
  ];
}

function ownContender(
  { port, headers, process: { pid } }: BenchServer,
  name: string,
  ids: readonly string[],
  changes: boolean,
): Contender {
  const calls = grpcUpdates(ids, changes);
  return {
    name,
    target: { protocol: "grpc", port, headers, calls },
    pid,
    end: async () => undefined,
  };
}

async function measureWidth(
  load: Load,
  server: BenchServer,
  contenders: readonly Contender[],
  width: Width,
): Promise<{ readonly standings: readonly Standing[]; readonly writers: number }> {
  const read = () => totalOf(server.metricsUrl, "targetd_store_commit_writers");
  const before = await read();
  const standings = await takeTurns(load, contenders, width);
  const after = await read();
  return { standings, writers: (after.sum - before.sum) / (after.count - before.count) };
}

function goalsOf(standings: readonly Standing[], writers: number): Goal[] {
  const of = (name: string, goal: number): Goal => ({
    ...{ name: `64 at a time, of ${name}`, reached: reachedOf(standings, name), goal },
  });
  return [
    of(raw, 0.5),
    of(grpcJs, 0.7),
    of(connectNode, 3.5),
    of(sqlite, 4),
    { name: "64 at a time, updates in each commit", reached: writers, goal: 20 },
  ];
}

/** The latency of one call at a time beside what it is made of. */
async function measureSingle(load: Load, contenders: readonly Contender[]) {
  const commit = await startBareCommit();
  const commits: number[] = [];
  try {
    const both = contenders.filter(({ name }) => name === raw || name === "targetd");
    const standings = await takeTurns(load, both, { connections: 1, streams: 1 }, async () => {
      commits.push(await commit.median(500));
    });
    const [trip, own] = standings.map(({ p50 }) => p50.median);
    const bare = spreadOf(commits);
    const parts = bare.median + (trip ?? Number.NaN);
    const us = (milliseconds = Number.NaN) => `${(milliseconds * 1000).toFixed(0)} µs`;
    console.log(
      `\nOne at a time: ${us(own)}; a bare commit ${us(bare.median)}, a round trip ${us(trip)}`,
    );
    const name = "one at a time, latency of a bare commit and a raw round trip";
    const goal: Goal = { name, reached: (own ?? Number.NaN) / parts, goal: 1.3, less: true };
    return { own, trip, bare, goal };
  } finally {
    await commit.end();
  }
}
