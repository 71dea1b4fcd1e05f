import { expect, test } from "vitest";
import { defaultInstance, targetId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { allTargets, changesOf, later, setting } from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("version-9", 9);

test("what was written before migration 13 stands below what was written after it", () =>
  withStore(async (store) => {
    const { items } = await store.listTargets(defaultInstance, allTargets, later(9));
    const id = items[0]?.id ?? targetId("none");
    const ofTarget = { resourceId: id };
    const before = await changesOf(store, defaultInstance, ofTarget);
    expect(before.length).toBeGreaterThan(0);
    for (const minutes of [10, 11]) {
      await store.updateTarget(defaultInstance, id, setting({}), {
        author: "a",
        at: later(minutes),
      });
    }
    const after = await changesOf(store, defaultInstance, ofTarget);
    expect(after).toHaveLength(before.length + 2);
    expect(after.slice(2)).toEqual(before);
    await store.deleteTarget(defaultInstance, id, () => undefined, { author: "a", at: later(12) });
    const deleted = await changesOf(store, defaultInstance, ofTarget);
    expect(deleted.map(({ action }) => action)).toEqual([
      "deleted",
      ...after.map(({ action }) => action),
    ]);
  }));

test("migration 13 keeps every change as it is", () => {
  withDatabase((db) => {
    migrate(db, loadMigrations().slice(0, 12), () => undefined);
    const changes = () =>
      db
        .prepare<[], object>(
          `SELECT instance_id, sequence, at, latest_at, author, certificate, resource_type, resource_id,
             action, fields FROM changes ORDER BY instance_id, sequence`,
        )
        .all();
    const before = changes();
    expect(before).not.toEqual([]);
    migrate(db, loadMigrations().slice(0, 13), () => undefined);
    expect(changes()).toEqual(before);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});
