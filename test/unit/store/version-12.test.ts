import { statSync } from "node:fs";
import { expect, test } from "vitest";
import { defaultInstance, instanceId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import { changesOf, later, pruneAll } from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("version-3", 3);

test("migration 12 keeps every change in its place", () => {
  withDatabase((db) => {
    migrate(db, loadMigrations().slice(0, 11), () => undefined);
    const changes = () =>
      db.prepare<[], object>("SELECT * FROM changes ORDER BY instance_id, sequence").all();
    const before = changes();
    expect(before).toHaveLength(8);
    migrate(db, loadMigrations().slice(0, 12), () => undefined);
    expect(schemaVersion(db)).toBe(12);
    expect(changes()).toEqual(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("what was written before is found by time, and pruned", () =>
  withStore(async (store) => {
    const since = async (minutes: number) =>
      (await changesOf(store, defaultInstance, { since: later(minutes) })).map(({ at }) => at);
    expect(await since(3)).toEqual([6, 5, 3].map(later));
    await pruneAll(store, { changesFrom: later(5) });
    expect(await since(0)).toEqual([6, 5].map(later));
    expect(await changesOf(store, instanceId("acme"))).toHaveLength(1);
  }));

test("the log of the migration is cut before the start is over", async () => {
  let file = "";
  withDatabase((db) => {
    file = db.name;
    migrate(db, loadMigrations().slice(0, 11), () => undefined);
    db.exec(`WITH RECURSIVE number (n) AS (SELECT 100 UNION ALL SELECT n + 1 FROM number WHERE n < 3000)
      INSERT INTO changes (instance_id, sequence, at, latest_at, author, resource_type, resource_id,
        action, fields)
      SELECT 'acme', n, n, n, 'someone', 'target', 't', 'changed', '[]' FROM number`);
  });
  await withStore(async () => {
    expect(statSync(`${file}-wal`).size).toBeLessThan(100_000);
  });
});
