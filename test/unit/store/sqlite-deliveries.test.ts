import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import type { DeliveryQuery } from "../../../src/store/delivery-store.ts";
import { deliveryListSql } from "../../../src/store/queries/deliveries.ts";
import { type ReplayQuery, replayScanned, replaySql } from "../../../src/store/queries/replays.ts";
import { attemptSql } from "../../../src/store/sqlite/attempts.ts";
import { backlogSql } from "../../../src/store/sqlite/backlog.ts";
import { deliverySql } from "../../../src/store/sqlite/deliveries.ts";
import { changedSql } from "../../../src/store/sqlite/delivery-actions.ts";
import { queueSql } from "../../../src/store/sqlite/delivery-queues.ts";
import { sqliteDialect } from "../../../src/store/sqlite/dialect.ts";
import { eventListenersSql } from "../../../src/store/sqlite/executions.ts";
import { freeingSql } from "../../../src/store/sqlite/free-deliveries.ts";
import { leaseSql, leaseTable } from "../../../src/store/sqlite/leases.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { pruneSql } from "../../../src/store/sqlite/prune.ts";
import { later, one, start } from "../../conformance/store/fixtures.ts";

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
  migrate(db, loadMigrations(), () => undefined);
  db.exec(leaseTable);
});
afterAll(() => void db.close());

function plan(sql: string, values: readonly unknown[] = []): readonly string[] {
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`);
  const given = values.length > 0 ? values : Array(sql.split("?").length - 1).fill(null);
  return steps.all(...given).map(({ detail }) => detail.replace("COVERING ", ""));
}

const ofTarget = "(instance_id=? AND target_id=?";

/** A plan of one search has neither a scan nor a sort in it, so LIMIT ends it. */
test.each([
  ["queues to look at", queueSql.toLookAt, "delivery_queues_next_look_at (next_look_at<?)"],
  ["the next look", queueSql.next, "delivery_queues_next_look_at (next_look_at>?)"],
  ["the first of an order", deliverySql.first, `deliveries_order ${ofTarget} AND order_key=?)`],
  ["the first that waits", deliverySql.waiting, `deliveries_waiting ${ofTarget} AND order_key=?)`],
  ["pending deliveries", deliverySql.pending, `deliveries_due ${ofTarget})`],
  ["changed deliveries", changedSql, "deliveries_revision (instance_id=? AND revision>?)"],
  [
    "finished deliveries",
    pruneSql.deliveries,
    "deliveries_finished_at (instance_id=? AND finished_at<?)",
  ],
  [
    "whether somebody listens",
    eventListenersSql,
    "executions_of_events (instance_id=? AND id>? AND id<?)",
  ],
])("%s are found in order by an index", (_what, sql, index) => {
  const table = index.slice(0, index.startsWith("delivery_queues") ? 15 : 10);
  expect(plan(sql)).toEqual([`SEARCH ${table} USING INDEX ${index}`]);
});

const held = ["CORRELATED SCALAR SUBQUERY 1", "SEARCH leases USING INTEGER PRIMARY KEY (rowid=?)"];

const contexts = "SEARCH delivery_contexts USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN";

test.each([
  ["due deliveries", leaseSql.due, "due_at<?)", [contexts]],
  ["the next due time", leaseSql.nextDue, "due_at>?)", []],
])("%s are found in order by an index, and skip those that are held", (_what, sql, end, more) => {
  expect(plan(sql)).toEqual([
    `SEARCH deliveries USING INDEX deliveries_due ${ofTarget} AND ${end}`,
    ...held,
    ...more,
  ]);
});

test.each([
  ["is found", attemptSql.list],
  ["is deleted", attemptSql.deleteAll],
  ["ends", attemptSql.last],
])("the log of a delivery %s by its key", (_what, sql) => {
  expect(plan(sql).at(-1)).toBe("SEARCH attempts USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
});

test("whether somebody waits is found by an index", () => {
  expect(plan(deliverySql.someWaiting)).toEqual([
    `SEARCH deliveries USING INDEX deliveries_waiting ${ofTarget} AND order_key>?)`,
  ]);
});

test("calls under way are counted by an index", () => {
  expect(plan(leaseSql.underWay)).toEqual([
    `SEARCH leases USING INDEX leases_target ${ofTarget} AND until>?)`,
  ]);
});

test("the next queue to cancel is found by an index", () => {
  expect(plan(queueSql.cancelling)).toEqual([
    "SCAN delivery_queues USING INDEX delivery_queues_cancelling",
  ]);
});

test.each([
  [
    "events",
    pruneSql.events,
    "SEARCH published_events USING INDEX published_events_at (instance_id=? AND at<?)",
  ],
  ["changes", pruneSql.changes, "SEARCH changes USING PRIMARY KEY (instance_id=? AND sequence<?)"],
  [
    "deleted targets",
    pruneSql.targets,
    "SEARCH targets USING INDEX targets_deleted_at (instance_id=? AND deleted_at<?)",
  ],
  [
    "deliveries of a deleted target",
    pruneSql.targets,
    "SEARCH deliveries USING INDEX deliveries_target (instance_id=? AND target_id=?)",
  ],
])("%s to prune are found in order by an index", (_what, sql, step) => {
  const steps = plan(sql);
  expect(steps).toContain(step);
  expect(steps.join()).not.toMatch(/SCAN|TEMP B-TREE FOR ORDER BY/);
});

test.each([
  [
    "the oldest of each instance",
    backlogSql.oldest,
    ["SEARCH deliveries USING INDEX deliveries_rare_state (instance_id=? AND state=?)"],
  ],
  [
    "open breakers",
    backlogSql.openBreakers,
    [
      "SCAN delivery_queues USING INDEX delivery_queues_breaker",
      "SEARCH targets USING INDEX sqlite_autoindex_targets_1 (instance_id=? AND id=?)",
    ],
  ],
  [
    "disabled targets",
    backlogSql.disabledWaiting,
    [
      "SCAN targets USING INDEX targets_disabled",
      "SEARCH deliveries EXISTS USING INDEX deliveries_due (instance_id=? AND target_id=?)",
    ],
  ],
])("of the backlog %s are found by indexes of them alone", (_what, sql, steps) => {
  const reads = plan(sql).filter((step) => /(deliver|targets)/.test(step));
  expect(reads).toEqual(steps);
  expect(plan(sql).join()).not.toContain("TEMP B-TREE");
});

test.each([
  [
    "deliveries made ahead of time",
    freeingSql.madeAhead,
    "SEARCH deliveries USING INDEX deliveries_created_at (instance_id=? AND created_at>?)",
  ],
  [
    "deliveries that wait for too long",
    freeingSql.dueAhead,
    "SEARCH deliveries USING INDEX deliveries_due (instance_id=? AND target_id=? AND due_at>?)",
  ],
  [
    "queues that wait",
    freeingSql.queues,
    "SEARCH delivery_queues USING INDEX delivery_queues_next_look_at (next_look_at>?)",
  ],
])("at the start, %s are found by an index", (_what, sql, step) => {
  expect(plan(sql, [{ now: start }])).toContain(step);
});

const target = targetId("outside");
const filters: readonly [Partial<DeliveryQuery>, string][] = [
  [{}, "deliveries_created_at (instance_id=?"],
  [{ state: "succeeded" }, "deliveries_created_at (instance_id=?"],
  [{ state: "failed" }, "deliveries_rare_state (instance_id=? AND state=?"],
  [{ target }, "deliveries_target (instance_id=? AND target_id=?"],
  [{ target, state: "failed" }, "deliveries_target (instance_id=? AND target_id=?"],
  [{ eventType: "outside" }, "deliveries_event_type (instance_id=? AND event_type=?"],
  [{ eventType: "outside", target }, "deliveries_event_type (instance_id=? AND event_type=?"],
];
const windows: readonly Partial<DeliveryQuery>[] = [
  {},
  { since: start },
  { until: later(1) },
  { since: start, until: later(1), after: "1.outside" },
];

test.each(filters.flatMap(([filter, index]) => windows.map((w) => [{ ...filter, ...w }, index])))(
  "%j is answered in order by an index",
  (query, index) => {
    const sql = deliveryListSql(sqliteDialect, one, {
      limit: 10,
      ...(query as Partial<DeliveryQuery>),
    });
    for (const { sql: text, values } of [sql.page, sql.lastScanned]) {
      const steps = plan(text, values);
      const searches = steps.filter((step) => step.startsWith("SEARCH"));
      expect(searches).toHaveLength(1);
      expect(searches[0]).toContain(`SEARCH deliveries USING INDEX ${index}`);
      expect(steps.join()).not.toContain("TEMP B-TREE");
      expect(text).not.toContain("outside");
    }
  },
);

const window = "created_at>? AND created_at<?)";
test.each<[Partial<ReplayQuery>, string]>([
  [{ states: ["failed"] }, `deliveries_rare_state (instance_id=? AND state=? AND ${window}`],
  [
    { states: ["failed"], target },
    `deliveries_rare_state (instance_id=? AND state=? AND ${window}`,
  ],
  [{}, `deliveries_created_at (instance_id=? AND ${window}`],
  [{ target }, `deliveries_target (instance_id=? AND target_id=? AND ${window}`],
  [
    { target, after: "1.outside" },
    `deliveries_target (instance_id=? AND target_id=? AND ${window}`,
  ],
])("deliveries to replay with %j are found in order by an index", (query, index) => {
  const { found, lastScanned } = replaySql(sqliteDialect, one, {
    ...{ states: ["failed", "succeeded", "cancelled"], since: start, until: later(1), limit: 10 },
    ...query,
  });
  for (const { sql, values } of [found, lastScanned]) {
    const steps = plan(sql, values);
    expect(steps).toContain(`SEARCH deliveries USING INDEX ${index}`);
    expect(steps.join()).not.toContain("TEMP B-TREE");
    expect(sql).not.toContain("outside");
  }
  expect(found.sql).toContain(`LIMIT ${replayScanned})`);
});
