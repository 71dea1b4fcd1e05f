import { expect, test } from "vitest";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import { claim, finish, listed, seconds } from "../../conformance/store/delivery-fixtures.ts";
import { one, pruneAll } from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("version-9", 9);

test("migration 10 keeps the log, by deliveries and positions", () => {
  withDatabase((db) => {
    const log = () => {
      const rows = db.prepare<[], { row?: number; entry?: number }>(
        "SELECT * FROM attempts ORDER BY delivery, position",
      );
      return rows.all().map(({ row: _row, entry: _entry, ...rest }) => rest);
    };
    const before = log();
    expect(before).toHaveLength(4);
    migrate(db, loadMigrations().slice(0, 10), () => undefined);
    expect(schemaVersion(db)).toBe(10);
    expect(log()).toEqual(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("each delivery has its log, which goes on", () =>
  withStore(async (store) => {
    const logs = async () => {
      const details = (await listed(store)).map(({ id }) => store.readDelivery(one, id));
      const found = await Promise.all(details);
      return Object.fromEntries(
        found.map((each) => [each?.delivery.event?.id, each?.log.map(({ number }) => number)]),
      );
    };
    expect(await logs()).toEqual({ a: [1, 2], b: [1, 1], c: [] });
    for (const held of await claim(store, seconds(60))) await finish(store, held);
    expect(await logs()).toEqual({ a: [1, 2], b: [1, 1, 2], c: [1] });
  }));

test("what was under way when it was written is due", () =>
  withStore(async (store) => {
    const [held, ...others] = await claim(store);
    expect([held?.delivery.event?.id, others]).toEqual(["c", []]);
  }));

test("the log goes with its delivery", async () => {
  await withStore(async (store) => {
    await pruneAll(store, { deliveriesFrom: seconds(12) });
    expect(await listed(store)).toHaveLength(2);
  });
  withDatabase((db) => {
    const left = db.prepare("SELECT DISTINCT delivery FROM attempts").pluck().all();
    expect(left).toEqual([2]);
  });
});
