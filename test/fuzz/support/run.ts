/** Lets the targets take turns until there were enough inputs, or the time is up. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openPlainClient } from "../../support/plain-http2.ts";
import { doorTargets } from "./door-targets.ts";
import { frameTargets } from "./frame-targets.ts";
import { pureTargets } from "./pure-targets.ts";
import { openFuzzServer } from "./server.ts";
import type { Finding, FuzzTarget } from "./target.ts";

export interface FuzzOptions {
  /** Inputs of all targets together. */
  readonly runs: number;
  /** Longest time, after which no new round begins. */
  readonly seconds: number;
  /** The same seed gives the same inputs. */
  readonly seed: number;
  /** Told after every round. */
  readonly onRound?: (inputs: number) => void;
}

export interface FuzzReport {
  readonly inputs: number;
  /** Inputs by target. */
  readonly byTarget: Readonly<Record<string, number>>;
  readonly findings: readonly (Finding & { readonly target: string; readonly seed: number })[];
  /** Bytes in use after a collection: when everything had run once, and at the end. */
  readonly heap: { readonly warm: number; readonly end: number };
  readonly seconds: number;
}

/** More are not kept; one mistake makes many. */
const maxFindings = 50;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const server = await openFuzzServer();
  const client = await openPlainClient(server.url);
  try {
    const targets = [
      ...(await pureTargets()),
      ...doorTargets(server, client),
      ...frameTargets(server),
    ];
    return await playAll(targets, options, server.takeErrors);
  } finally {
    await client.close();
    await server.close();
  }
}

async function playAll(
  targets: readonly FuzzTarget[],
  { runs, seconds, seed: firstSeed, onRound }: FuzzOptions,
  takeErrors: () => readonly string[],
): Promise<FuzzReport> {
  const byTarget: Record<string, number> = {};
  const findings: FuzzReport["findings"][number][] = [];
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  let inputs = 0;
  let warm = 0;
  for (let round = 0; inputs < runs && (round === 0 || elapsed() < seconds); round++) {
    for (const [index, { name, share, play }] of targets.entries()) {
      const seed = firstSeed + round * targets.length + index;
      const found = await play(seed, share);
      const logged = takeErrors().map((line) => ({ problem: line, input: "" }));
      const more = [...found, ...logged].slice(0, maxFindings - findings.length);
      findings.push(...more.map((each) => ({ ...each, target: name, seed })));
      byTarget[name] = (byTarget[name] ?? 0) + share;
      inputs += share;
    }
    if (round === warmRounds) warm = heapUsed();
    onRound?.(inputs);
  }
  const end = heapUsed();
  return {
    inputs,
    byTarget,
    findings,
    heap: { warm: warm === 0 ? end : warm, end },
    seconds: elapsed(),
  };
}

/** Rounds after which caches are full and code is compiled. */
const warmRounds = 5;

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

function heapUsed(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
