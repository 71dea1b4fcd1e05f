/** What the cases about deliveries are made of. */
import type { Breaker } from "../../../src/domain/breaker.ts";
import { conditionId, eventCandidates } from "../../../src/domain/condition.ts";
import type {
  AttemptRecord,
  Delivery,
  NewDelivery,
  PublishedEvent,
} from "../../../src/domain/delivery.ts";
import type { TargetSettings } from "../../../src/domain/target.ts";
import {
  type InstanceId,
  type Micros,
  micros,
  nanoseconds,
  targetId,
} from "../../../src/domain/units.ts";
import type {
  AttemptDecision,
  AttemptSituation,
  ClaimedDelivery,
  ClaimLimits,
} from "../../../src/store/claims.ts";
import type { DeliveryQuery } from "../../../src/store/delivery-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { setList } from "./execution-fixtures.ts";
import { by, createAll, makeTarget, one, start } from "./fixtures.ts";

export const second = 1_000_000;
export const seconds = (count: number): Micros => micros(start + count * second);

/** What a worker of the cases takes on. */
export const limits: ClaimLimits = {
  total: 1000,
  perTarget: 1000,
  lease: 30 * second,
  active: true,
};

export function makeEvent(id: string, parts: Partial<PublishedEvent> = {}): PublishedEvent {
  return { id, type: "user.added", aggregateId: id, context: `{"id":"${id}"}`, ...parts };
}

export function makeDelivery(id: string, parts: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id,
    target: targetId("t"),
    createdAt: start,
    condition: conditionId("request"),
    event: undefined,
    orderKey: undefined,
    context: `{"id":"${id}"}`,
    depth: 0,
    traceparent: undefined,
    ...parts,
  };
}

/** Creates targets and an execution that calls them with the events "user.*". */
export async function listenWith(
  store: Store,
  ids: readonly string[],
  settings: Partial<TargetSettings> = {},
  instance: InstanceId = one,
): Promise<void> {
  await createAll(
    store,
    instance,
    ids.map((id) => makeTarget(id, settings)),
  );
  await setList(store, "event/user.*", ids, { instance });
}

export function publish(
  store: Store,
  events: readonly PublishedEvent[],
  { instance = one, at = start }: { readonly instance?: InstanceId; readonly at?: Micros } = {},
): Promise<readonly number[]> {
  return store.publishEvents(instance, events, eventCandidates, { ...by, at });
}

export function claim(
  store: Store,
  at: Micros = start,
  parts: Partial<ClaimLimits> = {},
): Promise<readonly ClaimedDelivery[]> {
  return store.claimDeliveries(at, { ...limits, ...parts }, (_target, cause) => {
    throw cause;
  });
}

/** Ids of the events of claims. */
export const eventsOf = (claims: readonly { readonly delivery: Pick<Delivery, "event"> }[]) =>
  claims.map(({ delivery }) => delivery.event?.id);

export const nameOf = ({ delivery, fence }: ClaimedDelivery) => ({
  id: delivery.id,
  instance: delivery.instance,
  fence,
});

export function attempt(number: number, parts: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    number,
    startedAt: start,
    duration: nanoseconds(5),
    stage: undefined,
    timedOut: false,
    httpStatus: 200,
    error: "",
    address: "203.0.113.7:443",
    timings: { dns: nanoseconds(1), connect: undefined, tls: undefined, firstByte: undefined },
    requestHeaders: { "content-type": "application/json" },
    responseHeaders: {},
    // As a driver yields it, for comparisons.
    responseBody: Buffer.from("ok"),
    ...parts,
  };
}

export const closed: Breaker = {
  state: "closed",
  openUntil: undefined,
  openings: 0,
  windowStart: start,
  windowCalls: 1,
  windowFailures: 0,
  failingSince: undefined,
};

type Decide = (situation: AttemptSituation) => AttemptDecision;

/** Decides on an outcome, success by default. */
export function deciding(parts: Partial<AttemptDecision> = {}): Decide {
  return () => ({
    state: "succeeded",
    dueAt: undefined,
    breaker: closed,
    disable: undefined,
    ...parts,
  });
}

/** Decides to try again at a time. */
export const retryAt = (dueAt: Micros, breaker: Breaker = closed): Decide =>
  deciding({ state: "pending", dueAt, breaker });

/** An open breaker. */
export const openUntil = (time: Micros): Breaker => ({
  ...closed,
  state: "open",
  openUntil: time,
  openings: 1,
  failingSince: start,
});

export async function finish(
  store: Store,
  held: Pick<ClaimedDelivery, "delivery" | "row" | "fence"> | undefined,
  decide: Decide = deciding(),
  at: Micros = start,
): Promise<boolean> {
  if (held === undefined) throw new Error("nothing was claimed");
  const result = { claim: held, attempt: attempt(held.delivery.attempts + 1), decide };
  const [counts] = await store.finishAttempts([result], at);
  return counts === true;
}

/** Deliveries of an instance, newest first. */
export async function listed(
  store: Store,
  query: Partial<DeliveryQuery> = {},
  instance: InstanceId = one,
) {
  return (await store.listDeliveries(instance, { limit: 1000, ...query })).items;
}

/** States of the deliveries of events, by the ids of the events. */
export async function statesOf(store: Store, instance: InstanceId = one) {
  const items = await listed(store, {}, instance);
  return Object.fromEntries(items.map(({ event, id, state }) => [event?.id ?? id, state]));
}

/** A policy that allows this many calls at the same time. */
export const policy = (maxConcurrency: number) => ({
  deliveryPolicy: { retryDelays: [], clientErrorsFinal: false, maxConcurrency, maxPerSecond: 0 },
});

/** Events "e0", "e1", ... */
export const manyEvents = (count: number) =>
  Array.from({ length: count }, (_, index) => makeEvent(`e${index}`));
