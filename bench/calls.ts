/**
 * Calls of a restWebhook target beside raw undici that posts to the same sink: within one process, as
 * deliveries and executions make them, and from the outside through Execute over gRPC, which counts the call that
 * comes in and the look-up as well.
 */
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { ExecuteRequestSchema } from "../gen/targetd/v1/execution_service_pb.ts";
import { ActionService } from "../gen/zitadel/action/v2/action_service_pb.ts";
import { PayloadType } from "../gen/zitadel/action/v2/target_pb.ts";
import { framed } from "./contenders/framed.ts";
import { medianOf, printTable } from "./report.ts";
import { keepResult } from "./results.ts";
import type { Turn } from "./support/caller.ts";
import { cores, startChild } from "./support/child.ts";
import { type Load, loadSource, startLoad } from "./support/load.ts";
import { postRaw } from "./support/raw-posts.ts";
import { rounds, type Spread, spreadOf } from "./support/rounds.ts";
import { type BenchServer, startBenchServer, where } from "./support/server.ts";
import { type Goal, printGoals } from "./support/standings.ts";

const atOnce = 64;
const rawCalls = 10_000;
const milliseconds = 1_500;

/** Calls at the same time within one process: as many as a target has by default, and more. */
const widths = [10, 64] as const;
/** Calls of a turn there. */
const turnCalls = 10_000;
/** What those that pack the same payload are compared with. */
const packing = /JW[TE].*/;

/** Each payload with the function whose execution sends it. */
const kinds = [
  { name: "HMAC", run: "preuserinfo", payloadType: PayloadType.JSON },
  { name: "JWT", run: "preaccesstoken", payloadType: PayloadType.JWT },
  { name: "JWE", run: "presamlresponse", payloadType: PayloadType.JWE },
] as const;

export async function measureCalls(): Promise<void> {
  const program = join(import.meta.dirname, "support/sink.ts");
  const sink = await startChild([program], { core: cores.other, ready: /listening on (\S+)/ });
  try {
    const within = [];
    for (const width of widths) within.push(await measureWithin(sink.found, width));
    const through = await measureThrough(sink.found);
    const goals = within.flatMap((each) => each.goals);
    printGoals(goals);
    keepResult("calls", { within, through, goals });
  } finally {
    await sink.end();
  }
}

async function measureWithin(sink: string, width: number) {
  const program = join(import.meta.dirname, "support/caller.ts");
  const order = [`${sink}/call`, turnCalls, rounds, width].map(String);
  const caller = await startChild([program, ...order], {
    ...{ core: cores.measured, ready: /^(.*)$/ },
  });
  const turns = new Map<string, Turn[]>();
  for (let line = caller.found; line !== "over"; line = await caller.line()) {
    const turn = JSON.parse(line) as Turn;
    turns.set(turn.name, [...(turns.get(turn.name) ?? []), turn]);
  }
  const standings = [...turns].map(([name, all]) => ({
    name,
    perSecond: spreadOf(all.map(({ perSecond }) => perSecond)),
    cpu: spreadOf(all.map(({ cpu }) => cpu)),
  }));
  const base = (name: string) => {
    const [same = ""] = packing.exec(name) ?? [];
    return standings.find((each) => each.name.startsWith("raw") && each.name.endsWith(same));
  };
  const ratio = ({ name, perSecond }: (typeof standings)[number]) =>
    perSecond.median / (base(name)?.perSecond.median ?? Number.NaN);
  console.log(
    `\nCalls of a target within one process, ${width} at a time; medians of ${rounds} turns\n`,
  );
  printTable(
    ["", "calls/s", "least", "most", "of raw", "CPU µs"],
    standings.map((each) => [
      ...[each.name, ...texts(each.perSecond), ratio(each).toFixed(2)],
      each.cpu.median.toFixed(0),
    ]),
  );
  const goals = standings
    .filter(({ name }) => name === "execution, HMAC")
    .map((each): Goal => {
      return {
        name: `${each.name}, ${width} at a time, of raw undici`,
        reached: ratio(each),
        goal: 0.6,
      };
    });
  return { width, standings, goals };
}

const texts = ({ median, least, most }: Spread) =>
  [median, least, most].map((value) => value.toFixed(0));

async function measureThrough(sink: string) {
  const load = await startLoad();
  const server = await startBenchServer();
  try {
    for (const kind of kinds) await bind(server, sink, kind);
    for (const { run } of kinds) await execute(load, server, run, 3_000);
    const found = new Map<string, number[]>();
    const note = (name: string, value: number) => {
      found.set(name, [...(found.get(name) ?? []), value]);
    };
    for (let round = 0; round < rounds; round++) {
      const raw = await postRaw(`${sink}/raw`, rawCalls, atOnce);
      note("raw undici", raw.perSecond);
      for (const { name, run } of kinds) {
        note(name, await execute(load, server, run, milliseconds));
      }
    }
    return report(found);
  } finally {
    await Promise.all([load, server].map((each) => each.end()));
  }
}

/** Lets an execution of a function call a target of its own. */
async function bind(
  server: BenchServer,
  sink: string,
  { name, run, payloadType }: (typeof kinds)[number],
): Promise<void> {
  const actions = server.client(ActionService);
  const { id } = await actions.createTarget({
    ...{ name, endpoint: `${sink}/call`, payloadType, timeout: { seconds: 10n } },
    targetType: { case: "restWebhook", value: { interruptOnError: true } },
  });
  if (payloadType === PayloadType.JWE) {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
    const { keyId } = await actions.addPublicKey({ targetId: id, publicKey: pem });
    await actions.activatePublicKey({ targetId: id, keyId });
  }
  await actions.setExecution({
    condition: { conditionType: { case: "function", value: { name: run } } },
    targets: [id],
  });
}

/** @returns the calls of a second */
async function execute(load: Load, server: BenchServer, run: string, time: number) {
  const request = create(ExecuteRequestSchema, {
    occurrence: {
      case: "function",
      value: { name: run, payload: { user: { id: "user-1", name: "Ann" }, sum: 12.5 } },
    },
  });
  const body = framed(toBinary(ExecuteRequestSchema, request)).toString("base64");
  const { calls, seconds } = await load.run({
    ...{ protocol: "grpc", port: server.port, headers: server.headers, milliseconds: time },
    ...{ connections: 4, streams: atOnce / 4 },
    calls: [{ path: "/targetd.v1.ExecutionService/Execute", body }],
  });
  return calls / seconds;
}

function report(found: ReadonlyMap<string, readonly number[]>) {
  console.log(
    `\nCalls through Execute over gRPC, ${atOnce} at a time; medians of ${rounds} turns,`,
  );
  console.log(`${where}; ${loadSource}\n`);
  const raw = medianOf(found.get("raw undici") ?? []);
  const spreads = [...found].map(([name, values]) => ({ name, ...spreadOf(values) }));
  printTable(
    ["", "calls/s", "least", "most", "of raw"],
    spreads.map((each) => [each.name, ...texts(each), (each.median / raw).toFixed(2)]),
  );
  return spreads;
}
