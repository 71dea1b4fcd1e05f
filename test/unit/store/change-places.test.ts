import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instanceId, micros } from "../../../src/domain/units.ts";
import { createChangePlaces } from "../../../src/store/sqlite/change-places.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
});
afterAll(() => void db.close());

/** By how much the latest time grows from each change to the next, and by how much its number. */
const anySteps = fc.array(fc.tuple(fc.nat(3), fc.constantFrom(1, 1, 1, 2, 40)), { maxLength: 40 });

test("the place of a time parts the changes before it from the others", () => {
  const insert = db.prepare<[string, number, number]>(
    `INSERT INTO changes (instance_id, sequence, at, latest_at, author, resource_type, resource_id,
       action, fields) VALUES (?, ?, 0, ?, '', 'call', '', 'denied', '[]')`,
  );
  const places = createChangePlaces(db, { whenUndone: () => undefined });
  let round = 0;
  fc.assert(
    fc.property(anySteps, fc.nat(20), fc.integer({ min: -1, max: 60 }), (steps, first, time) => {
      const instance = instanceId(`r${++round}`);
      let place = { sequence: first, latestAt: 0 };
      const changes = steps.map(([later, further]) => {
        place = { sequence: place.sequence + further, latestAt: place.latestAt + later };
        insert.run(instance, place.sequence, place.latestAt);
        return place;
      });
      const before = changes.filter(({ latestAt }) => latestAt < time);
      const after = changes.filter(({ latestAt }) => latestAt >= time);
      const found = places.lastBefore(instance, micros(time));
      expect(found).toBeGreaterThanOrEqual(before.at(-1)?.sequence ?? 0);
      expect(found).toBeLessThan(after[0]?.sequence ?? Infinity);
      if (before.length === 0) expect(found).toBe(0);
    }),
  );
});
