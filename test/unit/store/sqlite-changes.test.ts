import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChangeQuery } from "../../../src/store/audit-store.ts";
import type { BoundSql } from "../../../src/store/queries/bound-sql.ts";
import { changeRanges, changesSql } from "../../../src/store/queries/changes.ts";
import { placeSql } from "../../../src/store/sqlite/change-places.ts";
import { sqliteDialect } from "../../../src/store/sqlite/dialect.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { historySql, indexOfUnlinked, listSql } from "../../../src/store/sqlite/read-changes.ts";
import { later, one, start } from "../../conformance/store/fixtures.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
});
afterAll(() => void db.close());

const inOrder = "PRIMARY KEY (instance_id=? AND sequence>? AND sequence<?)";
const ofResource =
  "INDEX changes_resource (instance_id=? AND resource_id=? AND sequence>? AND sequence<?)";
const ofAuthor = "INDEX changes_author (instance_id=? AND author=? AND sequence>? AND sequence<?)";
const ofType =
  "INDEX changes_rare_type (instance_id=? AND resource_type=? AND sequence>? AND sequence<?)";
const since = start;
const until = later(1);

/** What a list asks in this database, whose last change before any time has the number 7. */
const queries = (query: Partial<ChangeQuery>) => {
  const asked = { limit: 10, ...query };
  const ranges = changeRanges(asked, { from: query.since ? 7 : 0, last: query.until && 7 });
  return ranges.map((range) =>
    changesSql(sqliteDialect, one, asked, range, indexOfUnlinked(range)),
  );
};

function plan({ sql, values }: BoundSql): readonly string[] {
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return steps.all(...values).map(({ detail }) => detail);
}

const filters: readonly [Partial<ChangeQuery>, string][] = [
  [{}, inOrder],
  [{ resourceType: "target" }, inOrder],
  [{ after: 5 }, inOrder],
  [{ resourceId: "a" }, ofResource],
  [{ resourceId: "a", resourceType: "target" }, ofResource],
  [{ author: "a" }, ofAuthor],
  [{ resourceType: "call" }, ofType],
];
const windows: readonly Partial<ChangeQuery>[] = [{}, { since }, { until }, { since, until }];

test.each(filters.flatMap(([filter, index]) => windows.map((w) => [{ ...filter, ...w }, index])))(
  "%j is answered in order by an index, from its newest change to its oldest",
  (query, index) => {
    const [page] = queries(query as Partial<ChangeQuery>)
      .slice(-1)
      .map(plan);
    expect(page).toEqual([`SEARCH changes USING ${index}`]);
  },
);

test.each(filters)("%j with a window looks for late changes in their own index", (filter) => {
  for (const [window, range] of [
    [{ until }, "at<?"],
    [{ since, until }, "at>? AND at<?"],
  ] as const) {
    const [late, ...more] = queries({ ...filter, after: 100, ...window });
    expect(more).toHaveLength(1);
    expect(late && plan(late)).toEqual([
      `SEARCH changes USING INDEX changes_late (instance_id=? AND ${range})`,
      "USE TEMP B-TREE FOR ORDER BY",
    ]);
  }
});

test("a page that begins below the late changes does not look for them", () => {
  expect(queries({ until, after: 9 })).toHaveLength(2);
  expect(queries({ until, after: 8 })).toHaveLength(1);
  expect(queries({ since })).toHaveLength(1);
});

test("the place of a time is found by the key", () => {
  expect(plan({ sql: placeSql.first, values: [one] })).toEqual([
    "SEARCH changes USING PRIMARY KEY (instance_id=?)",
  ]);
  expect(plan({ sql: placeSql.upTo, values: [one, 7] })).toEqual([
    "SEARCH changes USING PRIMARY KEY (instance_id=? AND sequence<?)",
  ]);
});

test("a list is followed by the key, from change to change", () => {
  for (const [filter] of filters) {
    const statement = listSql(one, { limit: 10, ...filter }, 9, 7);
    expect(plan(statement).filter((step) => step.startsWith("SEARCH"))).toEqual(
      Array(2).fill("SEARCH changes USING PRIMARY KEY (instance_id=? AND sequence=?)"),
    );
    expect(plan(statement)).not.toContain("USE TEMP B-TREE FOR ORDER BY");
  }
  expect(plan({ sql: historySql.link, values: [one, 7] })).toEqual([
    "SEARCH changes USING PRIMARY KEY (instance_id=? AND sequence=?)",
  ]);
  expect(plan({ sql: historySql.deleted, values: [one, "a"] })).toEqual([
    "SEARCH changes USING INDEX changes_of_deleted (instance_id=? AND resource_id=?)",
  ]);
});

test("no text from outside stands in the SQL", () => {
  for (const { sql } of queries({ resourceId: "outside", author: "outside", until })) {
    expect(sql).not.toContain("outside");
  }
});
