import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { NameFilter, TargetFilter } from "../../../src/domain/target-query.ts";
import { expiredTargetsSql, targetListSql } from "../../../src/store/queries/targets.ts";
import { sqliteDialect } from "../../../src/store/sqlite/dialect.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { allTargets, one, start } from "../../conformance/store/fixtures.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
});
afterAll(() => void db.close());

const name = (match: NameFilter["match"], ignoreCase: boolean): NameFilter => ({
  kind: "name",
  text: "text",
  match,
  ignoreCase,
});

test.each<[TargetFilter[], string]>([
  [[name("equals", false)], "targets_name_key (instance_id=? AND name_key=?)"],
  [[name("equals", true)], "targets_name_key (instance_id=? AND name_key=?)"],
  [[name("startsWith", false)], "targets_name (instance_id=? AND name>? AND name<?)"],
  [[name("startsWith", true)], "targets_name_key (instance_id=? AND name_key>? AND name_key<?)"],
  [[{ kind: "ids", ids: ["a"] }], "sqlite_autoindex_targets_1 (instance_id=? AND id=?)"],
])("the filters %j are answered by an index", (filters, index) => {
  const { page, count } = targetListSql(sqliteDialect, one, {
    ...allTargets,
    filters,
    ascending: false,
  });
  for (const { sql, values } of [page, count]) {
    const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
    const steps = plan.all(...values).map(({ detail }) => detail.replace("COVERING ", ""));
    expect(steps).toContain(`SEARCH targets USING INDEX ${index}`);
  }
});

test("a page of all is read in order from an index, and what it is a page of is not counted", () => {
  const { page, count } = targetListSql(sqliteDialect, one, allTargets);
  const steps = [page, count].map(({ sql, values }) =>
    db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => detail),
  );
  expect(steps).toEqual([
    ["SEARCH targets USING INDEX targets_created_at (instance_id=?)"],
    ["SEARCH usage USING PRIMARY KEY (instance_id=?)"],
  ]);
});

test("no text from outside stands in the SQL", () => {
  const filters: TargetFilter[] = [
    { kind: "ids", ids: ["outside"] },
    ...(["equals", "startsWith", "contains", "endsWith"] as const).map((match) => ({
      ...name(match, true),
      text: "outside",
    })),
  ];
  const { page, count } = targetListSql(sqliteDialect, one, { ...allTargets, filters });
  for (const { sql } of [page, count]) expect(sql).not.toContain("outside");
});

test("temporary targets whose time is up are found without looking at the others", () => {
  const sql = `EXPLAIN QUERY PLAN ${expiredTargetsSql("?")}`;
  const steps = db.prepare<[number], { detail: string }>(sql).all(start);
  const index = "targets_expires_at (expires_at<?)";
  expect(steps[0]?.detail).toBe(`SEARCH targets USING INDEX ${index}`);
});
