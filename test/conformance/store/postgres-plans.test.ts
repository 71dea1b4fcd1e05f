/** With many rows, what is asked often reads few of them. */
import { beforeEach, expect, test } from "vitest";
import { eventCandidates } from "../../../src/domain/condition.ts";
import { targetId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";
import { onServer } from "../../support/postgres.ts";
import {
  claim,
  finish,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  manyEvents,
  policy,
  publish,
  seconds,
} from "./delivery-fixtures.ts";
import { allExecutions, find } from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  fingerprint,
  later,
  listIds,
  makeTarget,
  one,
  pruneStep,
  start,
} from "./fixtures.ts";
import { useProcesses } from "./postgres-stores.ts";

const processes = useProcesses();
let store: Store;
const targets = 1_000;
const deliveries = 20_000;

beforeEach(async () => {
  [store] = processes.stores;
  await listenWith(store, ["t", "u"], policy(50));
  await processes.spread(targets, (each, index) =>
    each.createTarget(one, makeTarget(`x${index + 1}`), by),
  );
  // As the store would write them one by one, which takes longer.
  await onServer(
    processes.url,
    `INSERT INTO executions SELECT instance_id, 'request/' || n, created_at, changed_at, listed
     FROM executions, generate_series(1, ${targets}) AS n;
     INSERT INTO execution_targets SELECT instance_id, 'request/' || n, 0, 'x' || n
     FROM executions, generate_series(1, ${targets}) AS n WHERE id LIKE 'event/%';
     INSERT INTO changes SELECT instance_id, sequence + n, at, latest_at, author || n % 1000, NULL,
       resource_type, 'x' || n, action, fields
     FROM changes, generate_series(1, ${deliveries}) AS n
     WHERE instance_id = 'default' AND sequence = (SELECT max(sequence) FROM changes WHERE instance_id = 'default');
     UPDATE change_counters SET latest = latest + ${deliveries} WHERE instance_id = 'default'`,
  );
  const ids = Array.from({ length: deliveries }, (_, index) => index);
  for (let from = 0; from < deliveries; from += 5_000) {
    const some = ids.slice(from, from + 5_000).map((id) => {
      const target = targetId(id % 100 === 0 ? "t" : `x${(id % targets) + 1}`);
      return makeDelivery(`d${id}`, { target, createdAt: later(id) });
    });
    await store.enqueue(one, some, start);
  }
  await publish(store, manyEvents(500));
  await onServer(
    processes.url,
    `UPDATE deliveries SET state = 'succeeded', finished_at = created_at, due_at = NULL
     WHERE row % 10 <> 0; ANALYZE`,
  );
});

/** How often the large tables were read as a whole, by all clients. Of small ones that may be the best. */
async function wholeReads(): Promise<Record<string, number>> {
  const rows = (await onServer(
    processes.url,
    `SELECT pg_stat_force_next_flush();
     SELECT pg_stat_clear_snapshot();
     SELECT relname AS name, seq_scan::integer AS reads FROM pg_stat_user_tables
     WHERE relname IN ('deliveries', 'delivery_contexts', 'changes')`,
  )) as unknown as { name: string; reads: number }[];
  return Object.fromEntries(rows.map(({ name, reads }) => [name, reads]));
}

const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
  [
    "claim and finish",
    async () => {
      const held = await claim(store, seconds(1), { total: 20, perTarget: 5 });
      expect(held).toHaveLength(20);
      for (const each of held) await finish(store, each, undefined, seconds(1));
      await store.releaseClaims([], seconds(1));
    },
  ],
  ["next due", () => store.nextDue()],
  ["publish", () => store.publishEvents(one, [makeEvent("new")], eventCandidates, by)],
  ["list deliveries", () => listed(store, { limit: 50 })],
  ["by target", () => listed(store, { target: targetId("t"), limit: 50 })],
  ["by type", () => listed(store, { eventType: "user.added", limit: 50 })],
  ["failed ones", () => listed(store, { state: "failed", limit: 50 })],
  ["one delivery", () => store.readDelivery(one, "d7")],
  ["changed ones", () => store.changedDeliveries(one, deliveries - 10, 100)],
  ["cancel", () => store.cancelDelivery(one, "d9", by)],
  ["replay", () => store.replayDeliveries(one, { states: ["failed"], limit: 10 }, by)],
  ["find an execution", () => find(store, ["request/9/x", "request/9"])],
  [
    "executions of a target",
    () => {
      const filters = [{ by: "target", target: targetId("x9") }] as const;
      return store.listExecutions(one, { ...allExecutions, filters });
    },
  ],
  ["a target", () => store.getTarget(one, targetId("x9"), start)],
  [
    "a target by name",
    () => {
      const name = { kind: "name", text: "x99", match: "equals", ignoreCase: true } as const;
      return listIds(store, { filters: [name] });
    },
  ],
  [
    "targets by ids",
    () => {
      const ids = { kind: "ids", ids: ["x1", "x2"].map(targetId) } as const;
      return listIds(store, { filters: [ids] });
    },
  ],
  ["newest changes", () => changesOf(store, one, { limit: 20 })],
  ["changes of a target", () => changesOf(store, one, { resourceId: "x9", limit: 20 })],
  ["changes of an author", () => changesOf(store, one, { author: "token:tester9", limit: 20 })],
  ["a token", () => store.findToken(fingerprint("none"))],
  ["sweep", () => store.sweep(start)],
  ["prune", () => pruneStep(store, { deliveriesFrom: start })],
  ["backlog", () => store.backlog()],
];

test("what is asked often reads no large table as a whole", async () => {
  const found: Record<string, unknown> = {};
  for (const [name, call] of calls) {
    const before = await wholeReads();
    await call();
    // Each connection of the store tells of its reads when it is closed at the latest.
    await store.close();
    [store] = [await processes.open()];
    const after = await wholeReads();
    const read = Object.keys(after).filter((table) => after[table] !== before[table]);
    if (read.length > 0) found[name] = read;
  }
  await store.close();
  expect(found).toEqual({});
});

test("nor does a plan that was made when there was little", async () => {
  const reads = () =>
    onServer(
      processes.url,
      `SELECT pg_stat_clear_snapshot();
       SELECT relname, seq_scan FROM pg_stat_user_tables
       WHERE relname IN ('deliveries', 'delivery_contexts', 'delivery_queues', 'leases', 'attempts')`,
    );
  const rounds = async () => {
    // Statements are planned without their values from the sixth time on.
    for (let round = 0; round < 10; round++) {
      const [held] = await claim(store, start, { total: 1 });
      await finish(store, held);
    }
    await store.close();
    [store] = [await processes.open()];
  };
  const before = await reads();
  await rounds();
  await rounds();
  expect(await reads()).toEqual(before);
  await store.close();
});
