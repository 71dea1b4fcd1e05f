/** The server dies with commits that had not to wait for its disk. */
import { expect, onTestFinished, test } from "vitest";
import { createDatabase, startOwnPostgres } from "../../support/postgres.ts";
import { claim, finish, listenWith, makeDelivery, policy, seconds } from "./delivery-fixtures.ts";
import { one, start } from "./fixtures.ts";
import { openAt } from "./postgres-stores.ts";

test("numbers that a crash may have undone are not given again", async () => {
  // It writes its log by itself as seldom as it can: 0 would wake the writer for each commit.
  const settings = { wal_writer_delay: "10s", wal_writer_flush_after: "1GB", fsync: "on" };
  const server = await startOwnPostgres({ durable: true, settings });
  onTestFinished(() => server.stop());
  const url = await createDatabase(server.url);
  const first = await openAt(url);
  await listenWith(first, ["t"], policy(1000));
  const deliveries = Array.from({ length: 20 }, (_, index) => makeDelivery(`d${index}`));
  await first.enqueue(one, deliveries, start);
  await first.close();
  const undone: string[] = [];
  // A connection that is made just then writes the log, and with it what the crash was to undo.
  for (let round = 0; round < deliveries.length / 2 && undone.length < 2; round += 1) {
    const store = await openAt(url, { limits: { connections: 1 } });
    const seen = await store.latestRevision(one);
    const [held] = await claim(store, seconds(1), { total: 1 });
    expect(await finish(store, held, undefined, seconds(1))).toBe(true);
    const last = await store.latestRevision(one);
    expect(last).toBeGreaterThan(seen);
    await server.kill();
    await store.close();
    await server.resume();
    const again = await openAt(url);
    const { delivery } = (await again.readDelivery(one, held?.delivery.id ?? "")) ?? {};
    if (delivery?.state === "pending") undone.push(delivery.id);
    // Who has seen it goes on from there, and misses nothing.
    expect(await again.latestRevision(one)).toBeGreaterThanOrEqual(last);
    expect(await again.changedDeliveries(one, last, 10)).toEqual([]);
    const [next] = await claim(again, seconds(1), { total: 1 });
    expect(next?.fence).toBeGreaterThan(held?.fence ?? 0);
    expect(await finish(again, next, undefined, seconds(1))).toBe(true);
    const changed = await again.changedDeliveries(one, last, 10);
    expect(changed?.map(({ id }) => id)).toEqual([next?.delivery.id]);
    await again.close();
  }
  // Without this the test would show nothing.
  expect(undone).not.toEqual([]);
});
