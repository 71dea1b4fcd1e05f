/** What only several processes with one database can show of deliveries. */
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type TargetId, targetId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";
import { databaseName, onServer } from "../../support/postgres.ts";
import {
  claim,
  finish,
  listenWith,
  makeDelivery,
  nameOf,
  policy,
  seconds,
} from "./delivery-fixtures.ts";
import { setList } from "./execution-fixtures.ts";
import { by, createAll, makeTarget, makeToken, one, pruneStep, start } from "./fixtures.ts";
import { connectClient, locksAwaited, openAt, useProcesses } from "./postgres-stores.ts";

const processes = useProcesses();
const { spread } = processes;
let [a, b, c] = [] as unknown as typeof processes.stores;
beforeEach(() => {
  [a, b, c] = processes.stores;
});
const t = targetId("t");

test("deliveries are claimed once, and those of one target within its limit", async () => {
  await listenWith(a, ["t"], policy(4));
  await createAll(
    a,
    one,
    Array.from({ length: 20 }, (_, index) => makeTarget(`q${index}`)),
  );
  const deliveries = Array.from({ length: 200 }, (_, index) =>
    makeDelivery(`d${index}`, { target: targetId(index % 2 === 0 ? "t" : `q${index % 20}`) }),
  );
  await a.enqueue(one, deliveries, start);
  const done = new Set<string>();
  const underWay = new Map<TargetId, number>();
  const count = (target: TargetId, change: number) => {
    const now = (underWay.get(target) ?? 0) + change;
    underWay.set(target, now);
    return now;
  };
  const work = async (store: Store, worker: number) => {
    for (let round = 0; done.size < deliveries.length && round < 500; round += 1) {
      const claims = await claim(store, seconds(1), { total: 7, perTarget: 3 });
      for (const { delivery } of claims) {
        expect(done.has(delivery.id), `${delivery.id} was done before`).toBe(false);
        expect(count(delivery.target, 1)).toBeLessThanOrEqual(delivery.target === t ? 4 : 10);
      }
      for (const held of claims) {
        count(held.delivery.target, -1);
        done.add(held.delivery.id);
        expect(await finish(store, held, undefined, seconds(1)), `worker ${worker}`).toBe(true);
      }
    }
  };
  await Promise.all(processes.stores.map(work));
  expect(done.size).toBe(deliveries.length);
});

test("what a dead process held is taken over when its lease is over", async () => {
  await listenWith(a, ["t"]);
  await a.enqueue(one, [makeDelivery("d")], start);
  const dead = await openAt(processes.url);
  const [old] = await claim(dead);
  await dead.close();
  expect(await claim(b, seconds(29))).toEqual([]);
  const taken = (
    await Promise.all(processes.stores.map((store) => claim(store, seconds(30))))
  ).flat();
  expect(taken.map(({ delivery }) => delivery.id)).toEqual(["d"]);
  expect(await finish(c, old, undefined, seconds(31))).toBe(false);
  expect(await finish(a, taken[0], undefined, seconds(31))).toBe(true);
});

test("a claim that is to take the places of results waits for their queue", async () => {
  await listenWith(a, ["t"], policy(1));
  await a.enqueue(one, [makeDelivery("d1"), makeDelivery("d2")], start);
  const [held] = await claim(a);
  const [first, second] = [await connectClient(processes.url), await connectClient(processes.url)];
  const lockQueue = "BEGIN; SELECT 1 FROM delivery_queues FOR UPDATE";
  await first.query(lockQueue);
  const finished = finish(a, held);
  const claimed = claim(a);
  await locksAwaited(processes.url, 1);
  // It stands behind the result and before the claim.
  const locked = second.query(lockQueue);
  await locksAwaited(processes.url, 2);
  await first.query("ROLLBACK");
  expect(await finished).toBe(true);
  await locked;
  await Promise.race([claimed, locksAwaited(processes.url, 1)]);
  await second.query("ROLLBACK");
  expect((await claimed).map(({ delivery }) => delivery.id)).toEqual(["d2"]);
});

test("the result of a call counts although the keys of its target cannot be read any more", async () => {
  await listenWith(a, ["t"]);
  await a.enqueue(one, [makeDelivery("d")], start);
  const [held] = await claim(a);
  await onServer(processes.url, "UPDATE signing_keys SET sealed_secret = 'spoilt'");
  expect(await finish(b, held, undefined, seconds(1))).toBe(true);
});

test("whoever reads on from a revision misses no change", async () => {
  await createAll(a, one, [makeTarget("t", policy(1000))]);
  const seen: number[] = [];
  let working = true;
  const watching = (async () => {
    for (let after = 0, last = false; !last; ) {
      last = !working;
      const changed = (await c.changedDeliveries(one, after, 1000)) ?? [];
      seen.push(...changed.map(({ revision }) => revision));
      after = seen.at(-1) ?? after;
    }
  })();
  await spread(90, (store, index) => store.enqueue(one, [makeDelivery(`d${index}`)], start));
  working = false;
  await watching;
  expect(seen).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
});

test("whatever is done at the same time, no two wait for each other", async () => {
  await createAll(
    a,
    one,
    ["t", "u", "v"].map((id) => makeTarget(id, policy(1000))),
  );
  await setList(a, "event", ["v", "t", "u"]);
  const now = seconds(1);
  const ids = ["t", "u", "v"].map(targetId);
  const at = (index: number) => ids[index % 3] ?? t;
  const touch = (store: Store, index: number) =>
    store.updateTarget(
      one,
      at(index),
      (current) => ({ next: { ...current, changedAt: seconds(index) }, fields: [] }),
      by,
    );
  const calls: readonly ((store: Store, index: number) => Promise<unknown>)[] = [
    touch,
    (store, index) => store.createTarget(one, makeTarget(`n${index}`), by),
    (store, index) => store.deleteTarget(one, targetId(`n${index - 1}`), () => undefined, by),
    (store, index) => setList(store, index % 2 ? "event" : "request", [at(index), at(index + 1)]),
    (store, index) =>
      store.enqueue(
        one,
        [1, 2].map((n) => makeDelivery(`d${index}.${n}`, { target: at(index + n) })),
        now,
      ),
    async (store) => {
      const held = await claim(store, now, { total: 20, perTarget: 9 });
      const results = held.map((each, index) =>
        finish(store, each, index % 9 === 0 ? disabling : undefined, now),
      );
      const renewal = store.renewClaims(held.map(nameOf).toReversed(), now, seconds(40));
      await Promise.all([renewal, ...results]);
    },
    (store, index) => store.cancelDelivery(one, `d${index - 5}.1`, by),
    (store, index) =>
      store.replayDeliveries(one, { states: ["succeeded"], target: at(index), limit: 5 }, by),
    (store, index) => store.createToken(makeToken(`${index}`), by),
    (store, index) => store.setFeature(one, `f${index % 2}`, index % 3 === 0, by),
    (store) => store.sweep(now),
    (store) => pruneStep(store, { deliveries: 3 }),
  ];
  await spread(480, (store, index) => {
    const call = calls[(index * 7 + Math.floor(index / 12)) % calls.length] ?? touch;
    return call(store, index);
  });
  const [row] = (await onServer(
    processes.server.url,
    `SELECT deadlocks::integer FROM pg_stat_database WHERE datname = '${databaseName(processes.url)}'`,
  )) as [{ deadlocks: number }];
  expect(row.deadlocks).toBe(0);
});

const disabling: Parameters<typeof finish>[2] = ({ breaker }) => ({
  ...{ state: "failed", dueAt: undefined, breaker },
  disable: "failing",
});

/** A store that listens, and how to wait until it is told next. */
async function openListening() {
  let next = Promise.withResolvers<void>();
  let told = 0;
  const store = await openAt(processes.url, {
    onWake: () => {
      told += 1;
      next.resolve();
      next = Promise.withResolvers<void>();
    },
  });
  onTestFinished(() => store.close());
  // The first is that it listens now.
  if (told === 0) await next.promise;
  return { store, told: () => told, next: () => next.promise };
}

test("processes are told of what others make to deliver, also after a lost connection", async () => {
  await createAll(a, one, [makeTarget("t")]);
  const [waiting, telling] = [await openListening(), await openListening()];
  const wakes = [waiting.next()];
  await telling.store.enqueue(one, [makeDelivery("d1")], start);
  await Promise.all(wakes);
  expect(telling.told()).toBe(1);

  const reconnected = waiting.next();
  await onServer(
    processes.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  );
  await reconnected;
  const again = waiting.next();
  await telling.store.replayDeliveries(one, { id: "d1" }, by);
  await telling.store.retryDelivery(one, "d1", by);
  await again;
});
