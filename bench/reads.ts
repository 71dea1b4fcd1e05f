/**
 * Reads beside the limit of the transport, and what grows with the number of targets and executions:
 * pages of ListTargets, updates, resident memory, SetExecution.
 */
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";
import { SetExecutionRequestSchema } from "../gen/zitadel/action/v2/execution_messages_pb.ts";
import {
  GetTargetRequestSchema,
  ListTargetsRequestSchema,
} from "../gen/zitadel/action/v2/target_messages_pb.ts";
import { TextFilterMethod } from "../gen/zitadel/filter/v2/filter_pb.ts";
import { framed } from "./contenders/framed.ts";
import type { Call } from "./load/order.ts";
import { medianOf, printTable } from "./report.ts";
import { keepResult } from "./results.ts";
import { type Contender, startContender } from "./support/contender.ts";
import { fillExecutions, fillTargets } from "./support/fill.ts";
import { type Load, loadSource, startLoad } from "./support/load.ts";
import { rounds, type Standing, takeTurns, warmUp } from "./support/rounds.ts";
import { type BenchServer, startBenchServer, where } from "./support/server.ts";
import { type Goal, printGoals, printStandings, reachedOf } from "./support/standings.ts";
import { createTargets } from "./support/targets.ts";
import { grpcUpdates } from "./support/update-calls.ts";

const few = 1_000;
/** TARGETD_BENCH_TARGETS: fewer, for a look in less time. */
const many = Number(process.env.TARGETD_BENCH_TARGETS ?? 1_000_000);
const executions = [10, 100_000] as const;
const width = { connections: 4, streams: 16 };
const raw = "node:http2, no-op";

export async function measureReads(): Promise<void> {
  const load = await startLoad();
  try {
    console.log(`\nReads over gRPC, 64 at a time; medians of ${rounds} turns, ${where};`);
    console.log(loadSource);
    const get = await measureGet(load);
    const growth = await measureGrowth(load);
    const set = await measureSetExecution(load);
    const goals = [...get.goals, ...growth.goals, ...set.goals];
    printGoals(goals);
    keepResult("reads", { get, growth, set, goals });
  } finally {
    await load.end();
  }
}

function grpcCall<D extends DescMessage>(
  method: string,
  schema: D,
  request: MessageInitShape<D>,
): Call {
  const body = framed(toBinary(schema, create(schema, request))).toString("base64");
  return { path: `/zitadel.action.v2.ActionService/${method}`, body };
}

function contenderOf(server: BenchServer, name: string, calls: readonly Call[]): Contender {
  const { port, headers, process } = server;
  const target = { protocol: "grpc", port, headers, calls } as const;
  return { name, target, pid: process.pid, end: async () => undefined };
}

async function measureGet(load: Load) {
  const server = await startBenchServer();
  const ids = await createTargets(server, few);
  const calls = ids.map((id) => grpcCall("GetTarget", GetTargetRequestSchema, { id }));
  const limit = await startContender(raw, ["raw-http2.ts"], {
    ...{ protocol: "grpc", headers: {}, calls },
  });
  try {
    const contenders = [limit, contenderOf(server, "targetd", calls)];
    await warmUp(load, contenders, width);
    const standings = await takeTurns(load, contenders, width);
    console.log("\nGetTarget\n");
    printStandings(standings);
    const name = "GetTarget, of node:http2, no-op";
    return { standings, goals: [{ name, reached: reachedOf(standings, raw), goal: 0.65 }] };
  } finally {
    await Promise.all([limit.end(), server.end()]);
  }
}

/** Servers with few and with many of something, in turn. */
async function measurePair(
  load: Load,
  servers: readonly BenchServer[],
  callsOf: (index: number) => readonly Call[],
): Promise<readonly Standing[]> {
  const pair = servers.map((server, index) => contenderOf(server, `${index}`, callsOf(index)));
  await warmUp(load, pair, width);
  return takeTurns(load, pair, width);
}

type Filters = NonNullable<MessageInitShape<typeof ListTargetsRequestSchema>["filters"]>;

/** Pages with few and with many targets; each pair has as many targets that match, or all of them. */
const pages: readonly {
  readonly name: string;
  readonly calls: (id: string) => readonly [few: Call, many: Call];
}[] = [
  { name: "first page", calls: () => both(list()) },
  // There is no such page of few.
  { name: "offset 10,000", calls: () => [list(), list([], 10_000n)] },
  {
    name: "by id",
    calls: (id) =>
      both(list([{ filter: { case: "inTargetIdsFilter", value: { targetIds: [id] } } }])),
  },
  { name: "by exact name", calls: () => both(byName("bench-500", TextFilterMethod.EQUALS)) },
  {
    name: "by name prefix",
    calls: () => [
      byName("bench-1", TextFilterMethod.STARTS_WITH),
      byName("bench-1000", TextFilterMethod.STARTS_WITH),
    ],
  },
];

const both = (call: Call) => [call, call] as const;

function list(filters: Filters = [], offset = 0n): Call {
  const pagination = { limit: 100, offset };
  return grpcCall("ListTargets", ListTargetsRequestSchema, { pagination, filters });
}

function byName(targetName: string, method: TextFilterMethod): Call {
  return list([{ filter: { case: "targetNameFilter", value: { targetName, method } } }]);
}

async function measureGrowth(load: Load) {
  const servers: BenchServer[] = [];
  try {
    for (const count of [few, many]) {
      servers.push(await startBenchServer((folder) => fillTargets(folder, count)));
    }
    const ids = await Promise.all(servers.map(firstIds));
    const rows: string[][] = [];
    const goals: Goal[] = [];
    /** Bytes, of few and of many; what is collected of garbage by then makes a hundred megabytes. */
    const residents: [number[], number[]] = [[], []];
    const noteResidents = ([a, b]: readonly Standing[]) => {
      residents[0].push(a?.resident ?? Number.NaN);
      residents[1].push(b?.resident ?? Number.NaN);
    };
    for (const { name, calls } of pages) {
      const [small, large] = calls(ids[0]?.[0] ?? "");
      const callsOf = (index: number) => [index === 0 ? small : large];
      const standings = await measurePair(load, servers, callsOf);
      noteResidents(standings);
      const ratio = 1 / reachedOf(standings, "0");
      rows.push([`ListTargets, ${name}`, ...rates(standings), ratio.toFixed(2)]);
      goals.push({
        name: `ListTargets, ${name}, time of it at 1 k`,
        reached: ratio,
        goal: 2,
        less: true,
      });
    }
    const standings = await measurePair(load, servers, (index) => grpcUpdates(ids[index] ?? []));
    noteResidents(standings);
    const ratio = reachedOf(standings, "0");
    rows.push(["UpdateTarget", ...rates(standings), ratio.toFixed(2)]);
    goals.push({ name: "UpdateTarget, of its rate at 1 k", reached: ratio, goal: 0.85 });
    const [small = 0, large = 0] = residents.map(medianOf);
    const bytes = (large - small) / (many - few);
    goals.push({ name: "resident bytes for each target", reached: bytes, goal: 50, less: true });
    console.log("\nCalls a second with few and with many targets\n");
    printTable(["", `${few} targets`, `${many} targets`, "ratio"], rows);
    return { rows, goals };
  } finally {
    await Promise.all(servers.map((server) => server.end()));
  }
}

const rates = (standings: readonly Standing[]) =>
  standings.map(({ perSecond }) => perSecond.median.toFixed(0));

async function firstIds(server: BenchServer): Promise<string[]> {
  const { targets } = await server
    .client(ActionService)
    .listTargets({ pagination: { limit: 100, asc: true } });
  return targets.map(({ id }) => id);
}

async function measureSetExecution(load: Load) {
  const servers: BenchServer[] = [];
  try {
    for (const count of executions) {
      servers.push(await startBenchServer((folder) => fillExecutions(folder, count)));
    }
    const ids = await Promise.all(servers.map(firstIds));
    // The same function gets another target each time.
    const condition = {
      conditionType: { case: "function", value: { name: "preuserinfo" } },
    } as const;
    const standings = await measurePair(load, servers, (index) =>
      (ids[index] ?? []).map((id) =>
        grpcCall("SetExecution", SetExecutionRequestSchema, { condition, targets: [id] }),
      ),
    );
    const reached = 1 / reachedOf(standings, "0");
    console.log("\nSetExecution, calls a second\n");
    printTable(
      ["", ...executions.map((count) => `${count} executions`), "ratio"],
      [["SetExecution", ...rates(standings), reached.toFixed(2)]],
    );
    const name = "SetExecution, time of it at 10 executions";
    return { standings, goals: [{ name, reached, goal: 2, less: true }] };
  } finally {
    await Promise.all(servers.map((server) => server.end()));
  }
}
