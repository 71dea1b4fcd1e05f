/**
 * Calls of a restWebhook target through an execution, beside raw undici that posts to the same sink:
 * what comes in by gRPC, the look-up, the signature and the judgement of the answer are all in it.
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
import { cores, startChild } from "./support/child.ts";
import { type Load, loadSource, startLoad } from "./support/load.ts";
import { postRaw } from "./support/raw-posts.ts";
import { rounds, spreadOf } from "./support/rounds.ts";
import { type BenchServer, startBenchServer, where } from "./support/server.ts";
import { type Goal, printGoals } from "./support/standings.ts";

const atOnce = 64;
const rawCalls = 10_000;
const milliseconds = 1_500;

/** Each payload with the function whose execution sends it. */
const kinds = [
  { name: "HMAC", run: "preuserinfo", payloadType: PayloadType.JSON, goal: 0.6 },
  { name: "JWT", run: "preaccesstoken", payloadType: PayloadType.JWT, goal: undefined },
  { name: "JWE", run: "presamlresponse", payloadType: PayloadType.JWE, goal: undefined },
] as const;

export async function measureCalls(): Promise<void> {
  const program = join(import.meta.dirname, "support/sink.ts");
  const sink = await startChild([program], { core: cores.other, ready: /listening on (\S+)/ });
  const load = await startLoad();
  const server = await startBenchServer();
  try {
    for (const kind of kinds) await bind(server, sink.found, kind);
    for (const { run } of kinds) await execute(load, server, run, 3_000);
    const found = new Map<string, number[]>();
    const note = (name: string, value: number) => {
      found.set(name, [...(found.get(name) ?? []), value]);
    };
    for (let round = 0; round < rounds; round++) {
      const raw = await postRaw(`${sink.found}/raw`, rawCalls, atOnce);
      note("raw undici", raw.perSecond);
      for (const { name, run } of kinds) {
        note(name, await execute(load, server, run, milliseconds));
      }
    }
    report(found);
  } finally {
    await Promise.all([load, server, sink].map((each) => each.end()));
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

function report(found: ReadonlyMap<string, readonly number[]>): void {
  console.log(`\nCalls of a restWebhook target, ${atOnce} at a time; medians of ${rounds} turns,`);
  console.log(`${where}; ${loadSource}\n`);
  const raw = medianOf(found.get("raw undici") ?? []);
  const spreads = [...found].map(([name, values]) => ({ name, ...spreadOf(values) }));
  printTable(
    ["", "calls/s", "least", "most", "of raw"],
    spreads.map(({ name, median, least, most }) => [
      ...[name, median.toFixed(0), least.toFixed(0), most.toFixed(0)],
      (median / raw).toFixed(2),
    ]),
  );
  const goals = kinds.flatMap(({ name, goal }): Goal[] => {
    const reached = medianOf(found.get(name) ?? []) / raw;
    return goal === undefined ? [] : [{ name: `${name}, of raw undici`, reached, goal }];
  });
  printGoals(goals);
  keepResult("calls", { spreads, goals });
}
