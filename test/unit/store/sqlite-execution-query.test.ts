import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { conditionId } from "../../../src/domain/condition.ts";
import { targetId } from "../../../src/domain/units.ts";
import type { ExecutionFilter, ExecutionQuery } from "../../../src/store/execution-store.ts";
import { executionListSql } from "../../../src/store/queries/executions.ts";
import { sqliteDialect } from "../../../src/store/sqlite/dialect.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { allExecutions } from "../../conformance/store/execution-fixtures.ts";
import { one } from "../../conformance/store/fixtures.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
});
afterAll(() => void db.close());

const byTarget: ExecutionFilter = { by: "target", target: targetId("outside") };
const byConditions: ExecutionFilter = { by: "conditions", ids: [conditionId("outside")] };
const byKind: ExecutionFilter = { by: "kind", kind: "event" };
const ofTarget = "execution_targets USING INDEX execution_targets_target";

test.each<[Partial<ExecutionQuery>, string]>([
  [{}, "executions USING PRIMARY KEY (instance_id=?)"],
  [{ filters: [byKind] }, "executions USING PRIMARY KEY (instance_id=? AND id>? AND id<?)"],
  [{ sort: "createdAt" }, "executions USING INDEX executions_created_at (instance_id=?)"],
  [{ sort: "changedAt" }, "executions USING INDEX executions_changed_at (instance_id=?)"],
])("the page of %j is read in order from an index", (query, index) => {
  const { page, count } = executionListSql(
    sqliteDialect,
    one,
    { ...allExecutions, ...query, ascending: false },
    "id",
  );
  expect(plan(page)).toEqual([`SEARCH ${index}`]);
  const counted = query.filters === undefined ? "usage USING PRIMARY KEY (instance_id=?)" : index;
  expect(plan(count)).toEqual([`SEARCH ${counted}`]);
});

test.each<[ExecutionFilter[], string[]]>([
  [[byTarget], [`${ofTarget} (instance_id=? AND target_id=?)`]],
  [[byConditions], ["json_each VIRTUAL TABLE INDEX 1:"]],
  [
    [byTarget, byConditions, byKind],
    [`${ofTarget} (instance_id=? AND target_id=?)`, "json_each VIRTUAL TABLE INDEX 1:"],
  ],
])("the filters %j say which executions are looked at", (filters, sources) => {
  for (const sort of ["id", "createdAt", "changedAt"] as const) {
    const { page, count } = executionListSql(
      sqliteDialect,
      one,
      { ...allExecutions, filters, sort },
      "id",
    );
    for (const sql of [page, count]) {
      const steps = plan(sql);
      for (const source of sources) expect(steps.join()).toContain(source);
      const looked = steps.filter((step) => step.startsWith("SEARCH executions "));
      expect(looked).toEqual(["SEARCH executions USING PRIMARY KEY (instance_id=? AND id=?)"]);
    }
  }
});

test("no text from outside stands in the SQL", () => {
  const filters = [byTarget, byConditions, byKind];
  const { page, count } = executionListSql(sqliteDialect, one, { ...allExecutions, filters }, "id");
  for (const { sql } of [page, count]) expect(sql).not.toContain("outside");
});

type Sql = ReturnType<typeof executionListSql>["page"];

function plan({ sql, values }: Sql): readonly string[] {
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  return steps.all(...values).map(({ detail }) => detail.replace("COVERING ", ""));
}
