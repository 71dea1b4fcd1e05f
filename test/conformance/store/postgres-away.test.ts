/** The database is there, is not, or takes its time. */
import pg from "pg";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { instanceId, targetId } from "../../../src/domain/units.ts";
import type { PoolLimits } from "../../../src/store/postgres/pool.ts";
import type { Store } from "../../../src/store/store.ts";
import { onServer } from "../../support/postgres.ts";
import { openTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { makeDelivery } from "./delivery-fixtures.ts";
import { addInstance, by, makeTarget, one, start, storeError } from "./fixtures.ts";
import { openAt, usePostgresDatabase } from "./postgres-stores.ts";

const database = usePostgresDatabase();
const t = targetId("t");
let proxy: TcpProxy;
beforeEach(async () => {
  proxy = await openTcpProxy(Number(new URL(database.url).port));
});
afterEach(() => proxy.close());

async function openBehindProxy(limits: Partial<PoolLimits> = {}): Promise<Store> {
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const store = await openAt(url.href, { limits: { silence: 600, ...limits } });
  onTestFinished(() => store.close());
  await store.ping();
  return store;
}

/** Resolves when a call does. */
async function whenDone(call: () => Promise<unknown>): Promise<void> {
  const isDone = () =>
    call().then(
      () => true,
      () => false,
    );
  while (!(await isDone())) await new Promise((resolve) => setImmediate(resolve));
}

test("when packets go nowhere calls fail, at once after a moment, until they arrive again", async () => {
  const store = await openBehindProxy({ connections: 2 });
  await store.createTarget(one, makeTarget("t"), by);
  proxy.cut();
  const read = () => store.getTarget(one, t, start);
  // With one connection for each, and one that waits. The limits of the calls themselves are a minute.
  const first = await Promise.allSettled([read(), store.sweep(start), read()]);
  const reasons = first.map((each) => (each.status === "rejected" ? each.reason : undefined));
  expect(reasons).toEqual([1, 2, 3].map(() => storeError("unavailable")));
  for (let round = 0; round < 500; round += 1) {
    await expect(read()).rejects.toEqual(storeError("unavailable"));
  }
  await expect(store.ping()).rejects.toEqual(storeError("unavailable"));
  proxy.mend();
  await whenDone(() => store.ping());
  expect(await read()).toEqual(makeTarget("t"));
});

test("a server whose connections are all busy is there, and they are kept", async () => {
  const store = await openBehindProxy({ connections: 1, connectTimeout: 100 });
  await store.createTarget(one, makeTarget("t"), by);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("BEGIN; SELECT 1 FROM targets WHERE id = 't' FOR UPDATE");
  const waiting = store.deleteTarget(one, t, () => undefined, by);
  for (let round = 0; round < 5; round += 1) {
    await expect(store.getTarget(one, t, start)).rejects.toEqual(storeError("unavailable"));
    await store.ping();
  }
  await client.query("ROLLBACK");
  expect(await waiting).toBe(start + 1);
  const connections = await onServer(
    database.url,
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
       AND application_name = 'targetd'`,
  );
  expect(connections).toHaveLength(2);
});

test("a statement that takes its time is waited for", async () => {
  const store = await openBehindProxy({ connections: 1, silence: 300 });
  await store.createTarget(one, makeTarget("t"), by);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query("BEGIN; SELECT 1 FROM targets WHERE id = 't' FOR UPDATE");
  const waiting = store.deleteTarget(one, t, () => undefined, by);
  // Longer than the silence after which nobody would be there.
  await client.query("SELECT pg_sleep(1)");
  await client.query("ROLLBACK");
  expect(await waiting).toBe(start + 1);
});

test("what others change meanwhile is swept too", async () => {
  const store = await openAt(database.url);
  onTestFinished(() => store.close());
  const two = instanceId("two");
  await addInstance(store, two);
  await store.createTarget(two, makeTarget("t"), by);
  await store.enqueue(two, [makeDelivery("d1"), makeDelivery("d2")], start);
  await store.deleteInstance(two, by);
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(() => client.end());
  for (const table of ["deliveries", "delivery_queues"]) {
    await client.query("BEGIN");
    await client.query(`UPDATE ${table} SET instance_id = instance_id WHERE instance_id = 'two'`);
    const sweeping = store.sweep(start);
    await lockIsWaitedFor();
    await client.query("COMMIT");
    await sweeping;
  }
  while ((await store.sweep(start)) > 0);
  for (const table of ["deliveries", "delivery_queues", "targets"]) {
    const rows = await onServer(database.url, `SELECT 1 FROM ${table} WHERE instance_id = 'two'`);
    expect(rows, table).toEqual([]);
  }
});

/** Resolves when somebody waits for a lock. */
async function lockIsWaitedFor(): Promise<void> {
  const sql = "SELECT 1 FROM pg_locks WHERE NOT granted";
  while ((await onServer(database.url, sql)).length === 0);
}
