import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate } from "../../../src/store/sqlite/migrate.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claim,
  finish,
  listed,
  makeDelivery,
  makeEvent,
  publish,
  seconds,
} from "../../conformance/store/delivery-fixtures.ts";
import { setList } from "../../conformance/store/execution-fixtures.ts";
import { by, makeTarget, one, setting, start } from "../../conformance/store/fixtures.ts";
import { eventsOfChange } from "../../conformance/store/own-events.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

/** Written by version 4 itself; version 5 only adds to it. */
const content = readFileSync(new URL("./fixtures/before-executions.sql", import.meta.url), "utf8");
const masterKey = Buffer.alloc(32, 1);
const id = targetId("t");

let temp: ReturnType<typeof makeTempDir>;
let file: string;
beforeEach(() => {
  temp = makeTempDir();
  file = join(temp.path, "targetd.db");
  withDatabase((db) => {
    const migrations = loadMigrations();
    migrate(db, migrations.slice(0, 4), () => undefined);
    db.exec(content);
    migrate(db, migrations.slice(0, 5), () => undefined);
    db.exec(`INSERT INTO executions (instance_id, id, created_at, changed_at, listed)
        VALUES ('default', 'event', 1790000000000000, 1790000000000000, 1);
      INSERT INTO execution_targets (instance_id, execution_id, position, target_id)
        VALUES ('default', 'event', 0, 't')`);
  });
});
afterEach(() => temp.remove());

function withDatabase(work: (db: Database.Database) => void): void {
  const db = new Database(file);
  db.pragma("foreign_keys = ON");
  work(db);
  db.close();
}

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const options = { file, masterKey, now: () => start, ownEvents: eventsOfChange };
  const store = await openSqliteStore(options);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

test("the migration makes a sound database and keeps every row", () => {
  withDatabase((db) => {
    const tables = ["instances", "targets", "signing_keys", "changes", "execution_targets"];
    const rows = (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all();
    const before = tables.map(rows);
    migrate(db, loadMigrations(), () => undefined);
    expect(tables.map(rows)).toEqual(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("executions of events that were set before are heard of, and their targets called", () =>
  withStore(async (store) => {
    expect(await store.nextDue()).toBeUndefined();
    expect(await store.latestRevision(one)).toBe(0);
    expect(await publish(store, [makeEvent("e")])).toEqual([1]);
    // The target was disabled before.
    expect(await claim(store)).toEqual([]);
    const at = seconds(600);
    await store.updateTarget(one, id, setting({ disabled: false }), { ...by, at });
    const held = await claim(store, at);
    expect(held.map(({ delivery }) => delivery.event?.type)).toEqual([
      "user.added",
      "target.changed",
    ]);
    for (const claimed of held) expect(await finish(store, claimed, undefined, at)).toBe(true);
    expect(await listed(store, { state: "succeeded" })).toHaveLength(2);
  }));

test("targets that were deleted before take no deliveries", () =>
  withStore(async (store) => {
    await store.enqueue(one, [makeDelivery("m", { target: targetId("deleted") })], start);
    expect(await listed(store, { state: "cancelled" })).toHaveLength(1);
    await store.createTarget(one, makeTarget("new"), by);
    await setList(store, "event", ["new"]);
    expect(await publish(store, [makeEvent("f")])).toEqual([1]);
  }));
