/** The database goes away under load and comes back; the servers stay. */
import { setTimeout as delay } from "node:timers/promises";
import { openJudge } from "./judge.ts";
import { type Outage, stopped } from "./outages.ts";
import { inTurn, type Replicas, startReplicas } from "./replicas.ts";
import { bindJudge, eventsOf, type PublishedEvent, pendingOf, publishOnce } from "./torture.ts";

export interface OutageReport {
  /** Deliveries whose event was accepted, before, during or after the outage, and that never came. */
  readonly lost: number;
  /** Deliveries that are pending although everything came. */
  readonly stuck: number;
  /** Targets whose making was answered and that are not to be found. */
  readonly forgotten: number;
  /** What calls were answered with while there was no database, each once. */
  readonly answers: readonly string[];
  /** Milliseconds that the longest of these took. */
  readonly slowest: number;
  /** Milliseconds from the loss of the database until every server had noticed. */
  readonly noticedAfter: number;
  /** Milliseconds from the return of the database until every server was ready. */
  readonly readyAfter: number;
}

export interface OutageOptions {
  /** Events that are published while the database goes away, each for two targets. */
  readonly events: number;
  /** What happens to the database; by default it is stopped. */
  readonly outage?: Outage;
}

const patience = 30_000;
const action = "zitadel.action.v2.ActionService";
const skip = { "targetd-skip-executions": "true" };
const condition = { function: { name: "unused" } };

export async function loseDatabase({
  events: count,
  outage = stopped(),
}: OutageOptions): Promise<OutageReport> {
  const { prepare } = outage;
  const replicas = await startReplicas({ lease: 2e6, inFlight: 32, prepare });
  const judge = await openJudge();
  try {
    await bindJudge(inTurn(replicas.servers, 0), judge);
    const events = eventsOf(0, count);
    const creating = startCreating(replicas);
    const publishing = publishAll(replicas, events);
    await judge.reached(Math.ceil(count / 4));
    await outage.begin(replicas.postgres);
    const goneAt = performance.now();
    await readiness(replicas, 503);
    const noticedAfter = Math.round(performance.now() - goneAt);
    const away = await callsWithout(replicas);
    await outage.end(replicas.postgres);
    const backAt = performance.now();
    await readiness(replicas, 200);
    const readyAfter = Math.round(performance.now() - backAt);
    await publishing;
    const forgotten = await creating.stop();
    await Promise.race([judge.complete(count * 2), delay(patience, 0, { ref: false })]);
    const stuck = await pendingOf(inTurn(replicas.servers, 0));
    const lost = count * 2 - judge.arrivals.size;
    return { ...away, lost, stuck, forgotten, noticedAfter, readyAfter };
  } finally {
    await judge.close();
    await replicas.end();
    await outage.close();
  }
}

/** Publishes everything, by the servers in turn; what is not acknowledged is repeated. */
async function publishAll({ servers }: Replicas, events: readonly PublishedEvent[]): Promise<void> {
  const batch = 20;
  for (let done = 0, tries = 0; done < events.length; tries++) {
    try {
      await publishOnce(inTurn(servers, tries), events.slice(done, done + batch));
      done += batch;
    } catch {
      await delay(50);
    }
  }
}

/** Makes targets one after the other, and finds out which of those that were answered are not there. */
function startCreating({ servers }: Replicas) {
  const answered: string[] = [];
  let isStopped = false;
  const work = async () => {
    for (let tries = 0; !isStopped; tries++) {
      const target = { name: `kept ${tries}`, restAsync: {}, timeout: "1s" };
      const request = { ...target, endpoint: "http://127.0.0.1/kept" };
      await inTurn(servers, tries)
        .call(`${action}/CreateTarget`, request, skip)
        .then(({ id }) => answered.push(String(id)))
        .catch(() => delay(50));
    }
  };
  const working = work();
  return {
    async stop(): Promise<number> {
      isStopped = true;
      await working;
      const get = (id: string, index: number) =>
        inTurn(servers, index).call(`${action}/GetTarget`, { id }, skip);
      const found = await Promise.allSettled(answered.map(get));
      return found.filter(({ status }) => status === "rejected").length;
    },
  };
}

/** Resolves when every server answers /readyz with a status. */
async function readiness({ servers }: Replicas, status: number): Promise<void> {
  for (const { url } of servers) {
    while ((await fetch(`${url}/readyz`)).status !== status) await delay(20);
  }
}

async function callsWithout({ servers }: Replicas) {
  const answers = new Set<string>();
  let slowest = 0;
  const calls: readonly (readonly [string, object])[] = [
    [`${action}/ListTargets`, {}],
    [`${action}/CreateTarget`, { name: "x", restAsync: {}, timeout: "1s", endpoint: "http://a.b" }],
    [`${action}/SetExecution`, { condition, targets: [] }],
    ["targetd.v1.ExecutionService/Execute", { function: { name: "unused" } }],
    ["targetd.v1.EventService/PublishEvents", { events: [] }],
  ];
  for (const { call, url } of servers) {
    for (const [method, request] of calls) {
      const began = performance.now();
      const answer = await call(method, request, skip).then(
        () => "ok",
        (error: Error) => /"code":"(\w+)"/.exec(error.message)?.[1] ?? error.message,
      );
      answers.add(answer);
      slowest = Math.max(slowest, performance.now() - began);
    }
    answers.add(`alive ${(await fetch(`${url}/healthz`)).status}`);
  }
  return { answers: [...answers], slowest: Math.round(slowest) };
}
