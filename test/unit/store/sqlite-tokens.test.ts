import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { expirySql } from "../../../src/store/sqlite/sweep.ts";
import { liveSql } from "../../../src/store/sqlite/tokens.ts";
import { one, start } from "../../conformance/store/fixtures.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
});
afterAll(() => void db.close());

function searches(sql: string, ...values: readonly unknown[]): readonly string[] {
  const plan = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  const steps = plan.all(...values).map(({ detail }) => detail);
  return steps.filter((step) => /^(SEARCH|SCAN) (?!CONSTANT)/.test(step));
}

test("a sweep finds what has run out by an index", () => {
  const found = expirySql.flatMap(({ sql }) => searches(sql, start, 1));
  expect(found.filter((step) => step.startsWith("SCAN"))).toEqual([]);
  expect(found.filter((step) => step.includes("INDEX")).map((step) => step.split(" ")[5])).toEqual([
    "signing_keys_expires_at",
    "replays_keep_until",
    "tokens_revoked_at",
    "tokens_expires_at",
  ]);
});

test("live tokens are counted without those that have ended", () => {
  expect(searches(liveSql, { instance: one, at: start })).toEqual([
    "SEARCH tokens USING COVERING INDEX tokens_live (instance_id=? AND expires_at=? AND revoked_at=?)",
    "SEARCH tokens USING COVERING INDEX tokens_live (instance_id=? AND expires_at>?)",
  ]);
});
