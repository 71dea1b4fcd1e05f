/** Kills one of several servers again and again, and measures how long it takes the others to take over. */
import { setTimeout as delay } from "node:timers/promises";
import { onServer } from "../../support/postgres.ts";
import { type Judge, openJudge } from "./judge.ts";
import { inTurn, type Replicas, startReplicas } from "./replicas.ts";
import { bindJudge, eventsOf, type PublishedEvent, pendingOf, publish } from "./torture.ts";

export interface LossReport {
  /** Deliveries whose event was accepted and that never came. */
  readonly lost: number;
  /** Deliveries that are pending although everything came. */
  readonly stuck: number;
  /** Calls beyond the first of a delivery. */
  readonly duplicates: number;
  /** Claims that the killed server left. */
  readonly held: number;
  /** Milliseconds from the kill until none of them stood any more. */
  readonly takenOverAfter: number;
}

export interface LossOptions {
  readonly rounds: number;
  /** Events of a round, each for two targets. */
  readonly events: number;
  /** In milliseconds. */
  readonly lease: number;
  readonly onRound?: (round: LossReport) => void;
}

/** How long a round may take after its kill, in milliseconds. */
const patience = 30_000;

/** Calls to targets under way at the same time in each server. */
export const inFlightEach = 32;

export async function loseReplicas(options: LossOptions): Promise<readonly LossReport[]> {
  const { rounds, events, lease, onRound } = options;
  const replicas = await startReplicas({ lease: lease * 1000, inFlight: inFlightEach });
  const judge = await openJudge();
  try {
    await bindJudge(inTurn(replicas.servers, 0), judge);
    const reports: LossReport[] = [];
    for (let round = 0; round < rounds; round++) {
      const report = await loseOne(replicas, judge, eventsOf(round, events));
      reports.push(report);
      onRound?.(report);
    }
    return reports;
  } finally {
    await judge.close();
    await replicas.end();
  }
}

async function loseOne(
  replicas: Replicas,
  judge: Judge,
  events: readonly PublishedEvent[],
): Promise<LossReport> {
  const { servers } = replicas;
  const different = judge.arrivals.size;
  const half = Math.floor(events.length / 2);
  const [victim, ...others] = servers.splice(0);
  if (victim === undefined) throw new Error("there is no server to kill");
  servers.push(...others);
  // Each server has some under way when the victim dies: no call is answered meanwhile.
  judge.hold();
  const accepted = publish(victim, events.slice(0, half));
  await judge.reached(judge.count() + 1 + Math.floor(Math.random() * inFlightEach));
  await victim.end();
  const killedAt = performance.now();
  const left = await claimsOf(replicas);
  const takenOver = goneAt(replicas, left);
  judge.release();
  // What was not acknowledged is published again, under the same ids.
  const done = await accepted;
  await publish(inTurn(servers, 0), events.slice(done, half));
  await publish(inTurn(servers, 1), events.slice(half));
  const takenOverAfter = (await takenOver) - killedAt;
  const complete = judge.complete(different + events.length * 2);
  await Promise.race([complete, delay(patience, 0, { ref: false })]);
  const stuck = await pendingOf(inTurn(servers, 0));
  await replicas.start();
  const all = ["/loose", "/ordered"].flatMap((path) =>
    events.map(({ id }) => judge.arrivals.get(`${path} ${id}`)?.webhookIds.length ?? 0),
  );
  return {
    lost: all.filter((calls) => calls === 0).length,
    stuck,
    duplicates: all.reduce((sum, calls) => sum + Math.max(0, calls - 1), 0),
    held: left.length,
    takenOverAfter: Math.round(takenOverAfter),
  };
}

/** The claims that stand, by their numbers. */
async function claimsOf({ database }: Replicas): Promise<readonly string[]> {
  const rows = await onServer(database, "SELECT fence FROM leases");
  return (rows as readonly { readonly fence: string }[]).map(({ fence }) => fence);
}

/** When none of these claims stands any more. */
async function goneAt(replicas: Replicas, claims: readonly string[]): Promise<number> {
  const watched = new Set(claims);
  const until = performance.now() + patience;
  while (performance.now() < until) {
    const left = await claimsOf(replicas);
    if (!left.some((fence) => watched.has(fence))) break;
    await delay(20);
  }
  return performance.now();
}
