import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChangeQuery } from "../../../src/store/audit-store.ts";
import { changesSql } from "../../../src/store/sqlite/changes.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { later, one, start } from "../../conformance/store/fixtures.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
});
afterAll(() => void db.close());

const newestFirst = "sqlite_autoindex_changes_1 (instance_id=?)";
const olderThanCursor = "sqlite_autoindex_changes_1 (instance_id=? AND sequence<?)";
const ofResource = "changes_resource (instance_id=? AND resource_id=?)";
const ofAuthor = "changes_author (instance_id=? AND author=?)";
const ofType = "changes_rare_type (instance_id=? AND resource_type=?)";
const since = start;
const until = later(1);

test.each<[Partial<ChangeQuery>, string]>([
  [{}, newestFirst],
  [{ resourceType: "target" }, newestFirst],
  [{ until }, newestFirst],
  [{ after: 5 }, olderThanCursor],
  [{ after: 5, until }, olderThanCursor],
  [{ resourceId: "a" }, ofResource],
  [{ resourceId: "a", resourceType: "target", since, until }, ofResource],
  [{ author: "a" }, ofAuthor],
  [{ author: "a", since, until }, ofAuthor],
  [{ resourceType: "call" }, ofType],
  [{ resourceType: "call", since, until }, ofType],
])("%j is answered in order by an index", (query, index) => {
  expect(plan(query)).toEqual([`SEARCH changes USING INDEX ${index}`]);
});

test.each<[Partial<ChangeQuery>, string]>([
  [{ since }, "at>?"],
  [{ since, until }, "at>? AND at<?"],
  [{ since, until, after: 5, resourceType: "target" }, "at>? AND at<?"],
])("%j reads only what is that young, and of that only the index", (query, range) => {
  const index = `COVERING INDEX changes_at (instance_id=? AND ${range})`;
  const steps = plan(query).filter((step) => step.startsWith("SEARCH"));
  expect(steps).toEqual([
    "SEARCH changes USING INDEX sqlite_autoindex_changes_1 (instance_id=? AND sequence=?)",
    `SEARCH changes USING ${index}`,
  ]);
});

test("no text from outside stands in the SQL", () => {
  const query = { resourceId: "outside", author: "outside", limit: 1 };
  expect(changesSql(one, query).sql).not.toContain("outside");
});

function plan(query: Partial<ChangeQuery>): readonly string[] {
  const { sql, values } = changesSql(one, { limit: 10, ...query });
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return steps.all(...values).map(({ detail }) => detail);
}
