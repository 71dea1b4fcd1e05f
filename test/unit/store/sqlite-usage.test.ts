/** The numbers that quotas are checked against are those of the rows. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claim,
  deciding,
  finish,
  listenWith,
  makeDelivery,
  manyEvents,
  publish,
  retryAt,
  seconds,
} from "../../conformance/store/delivery-fixtures.ts";
import { setList } from "../../conformance/store/execution-fixtures.ts";
import {
  addInstance,
  by,
  createAll,
  makeTarget,
  one,
  pruneAll,
  start,
  two,
} from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

let temp: ReturnType<typeof makeTempDir>;
let file: string;
beforeEach(() => {
  temp = makeTempDir();
  file = join(temp.path, "targetd.db");
});
afterEach(() => temp.remove());

function withDatabase<T>(work: (db: Database.Database) => T): T {
  const db = new Database(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

async function withStore(work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openSqliteStore({ file, masterKey: Buffer.alloc(32, 1), now: () => start });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

const count = (from: string) => `(SELECT count(*) FROM ${from} AND instance_id = instances.id)`;

/** Counts the rows of instances that are not deleted. */
const counted = `SELECT id AS instance_id,
    ${count("targets WHERE deleted_at IS NULL")} AS targets,
    ${count("executions WHERE listed = 1")} AS executions,
    ${count("deliveries WHERE state = 'pending'")} AS pending_deliveries,
    ${count("deliveries WHERE state <> 'pending'")} AS finished_deliveries
  FROM instances WHERE deleted_at IS NULL ORDER BY id`;

const noted = `SELECT usage.* FROM usage JOIN instances ON id = instance_id
  WHERE deleted_at IS NULL ORDER BY instance_id`;

function expectExact(): readonly unknown[] {
  const [rows, kept] = withDatabase((db) => [db.prepare(counted).all(), db.prepare(noted).all()]);
  expect(kept).toEqual(rows);
  return rows;
}

/** Does a bit of everything that makes or ends targets, executions and deliveries. */
async function useStore(store: Store): Promise<void> {
  await listenWith(store, ["a", "b", "c"]);
  await setList(store, "request", ["c"]);
  await setList(store, "response", []);
  await publish(store, manyEvents(4));
  const [first, second, third] = await claim(store);
  await finish(store, first);
  await finish(store, second, retryAt(seconds(5)));
  await finish(store, third, deciding({ state: "failed", disable: "gone" }));
  await store.enqueue(one, [makeDelivery("gone", { target: targetId("a") })], start);
  await store.cancelDelivery(one, "gone", by);
  await store.replayDeliveries(one, { states: ["failed"], limit: 9 }, by);
  await store.deleteTarget(one, targetId("c"), () => undefined, by);
  await store.enqueue(one, [makeDelivery("late", { target: targetId("c") })], start);
  await pruneAll(store, { deliveries: 3 });
}

test("they stay exact whatever happens", async () => {
  await withStore(async (store) => {
    await addInstance(store, two);
    await useStore(store);
    await listenWith(store, ["a"], {}, two);
    await publish(store, manyEvents(2), { instance: two });
  });
  expect(expectExact()).toEqual([
    {
      ...{ instance_id: one, targets: 2, executions: 1 },
      ...{ pending_deliveries: 7, finished_deliveries: 3 },
    },
    {
      ...{ instance_id: two, targets: 1, executions: 1 },
      ...{ pending_deliveries: 2, finished_deliveries: 0 },
    },
  ]);
  await withStore(async (store) => {
    await store.deleteInstance(two, by);
    while ((await store.sweep(start)) > 0);
    await pruneAll(store, { deliveries: 0, deletedTargetsFrom: seconds(1) });
    await createAll(store, one, [makeTarget("c")]);
  });
  expectExact();
});

test("a database of before has them from its rows", async () => {
  await withStore(async (store) => {
    await addInstance(store, two);
    await useStore(store);
  });
  // What the migration adds is taken away again: the database is one of the version before.
  const adding = loadMigrations().find(({ sql }) => sql.includes("CREATE TABLE usage"));
  withDatabase((db) => {
    const triggers = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
      .pluck();
    for (const name of triggers.all()) db.exec(`DROP TRIGGER ${name}`);
    db.exec(`DROP TABLE usage; DROP INDEX targets_deleted_at;
      DROP INDEX deliveries_finished_at; DROP INDEX published_events_at;
      CREATE INDEX deliveries_finished_at ON deliveries (finished_at)
        WHERE finished_at IS NOT NULL;
      CREATE INDEX published_events_at ON published_events (at);
      PRAGMA user_version = ${(adding?.version ?? 0) - 1}`);
    migrate(db, loadMigrations().slice(0, adding?.version), () => undefined);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(db.pragma("foreign_key_check")).toEqual([]);
  });
  expect(expectExact()).toHaveLength(2);
});
