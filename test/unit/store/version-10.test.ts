import { expect, test } from "vitest";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import { listIds, one, start } from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("version-9", 9);

test("migration 11 leaves targets as they are, and none of them is temporary", () => {
  withDatabase((db) => {
    migrate(db, loadMigrations().slice(0, 10), () => undefined);
    const targets = () => db.prepare<[], object>("SELECT * FROM targets ORDER BY id").all();
    const before = targets();
    expect(before).not.toEqual([]);
    migrate(db, loadMigrations().slice(0, 11), () => undefined);
    expect(schemaVersion(db)).toBe(11);
    expect(targets()).toEqual(before.map((row) => ({ ...row, expires_at: null })));
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("targets of before do not end", () =>
  withStore(async (store) => {
    const ids = await listIds(store);
    expect(ids).not.toEqual([]);
    for (const id of ids) {
      expect((await store.getTarget(one, id, start))?.expiresAt).toBeUndefined();
    }
  }));
