/** UpdateTarget over REST/JSON, beside the limit of the transport and what a user would write. */
import { idOf, targets } from "./contenders/sqlite-updates.ts";
import { keepResult } from "./results.ts";
import { type Contender, startContender } from "./support/contender.ts";
import { loadSource, startLoad } from "./support/load.ts";
import { rounds, takeTurns, type Width, warmUp } from "./support/rounds.ts";
import { type BenchServer, startBenchServer, where } from "./support/server.ts";
import { type Goal, printGoals, printStandings, reachedOf } from "./support/standings.ts";
import { createTargets } from "./support/targets.ts";
import { jsonUpdates, updatePath } from "./support/update-calls.ts";

const widths: readonly Width[] = [1, 8, 64].map((connections) => ({ connections, streams: 1 }));
const raw = "node:http, JSON.parse";
const fastify = "Fastify, better-sqlite3";
const connectNode = "connect-node, Connect JSON, no-op";

const restPath = (id: string) => `/v2/actions/targets/${id}`;
const json = { protocol: "http1", headers: { "content-type": "application/json" } } as const;

export async function measureRest(): Promise<void> {
  const load = await startLoad();
  const server = await startBenchServer();
  const others = await startOthers();
  try {
    const own = await ownContender(server);
    const contenders = [...others, own];
    await warmUp(load, contenders, { connections: 64, streams: 1 });
    console.log(`\nUpdateTarget over REST, each a change; medians of ${rounds} turns, ${where};`);
    console.log(loadSource);
    const results: Record<string, unknown> = {};
    const goals: Goal[] = [];
    for (const width of widths) {
      const standings = await takeTurns(load, contenders, width);
      results[width.connections] = standings;
      console.log(`\n${width.connections} connections\n`);
      printStandings(standings);
      if (width.connections < 64) continue;
      const of = (name: string, goal: number): Goal => ({
        ...{ name: `64 at a time, of ${name}`, reached: reachedOf(standings, name), goal },
      });
      goals.push(of(raw, 0.45), of(connectNode, 2.5), of(fastify, 4));
    }
    printGoals(goals);
    keepResult("rest", { connections: results, goals });
  } finally {
    await Promise.all([load, server, ...others].map((each) => each.end()));
  }
}

async function startOthers(): Promise<Contender[]> {
  const ids = Array.from({ length: targets }, (_, index) => idOf(index));
  const rest = { ...json, calls: jsonUpdates(ids, restPath) };
  const connect = { ...json, calls: jsonUpdates(ids, () => updatePath) };
  return [
    await startContender(raw, ["raw-http.ts"], rest),
    await startContender(fastify, ["fastify.ts"], rest),
    await startContender(connectNode, ["connect-node.ts", "http1"], connect),
  ];
}

async function ownContender(server: BenchServer): Promise<Contender> {
  const { port, headers, process } = server;
  const calls = jsonUpdates(await createTargets(server, targets), restPath);
  const target = { ...json, port, headers: { ...json.headers, ...headers }, calls };
  return { name: "targetd", target, pid: process.pid, end: async () => undefined };
}
