import { expect, test } from "vitest";
import { instanceId, micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import {
  claim,
  finish,
  listed,
  makeDelivery,
  makeEvent,
  publish,
  seconds,
} from "../../conformance/store/delivery-fixtures.ts";
import {
  find,
  listConditions,
  makeInstanceKey,
  makeKey,
  setList,
} from "../../conformance/store/execution-fixtures.ts";
import {
  by,
  changesOf,
  later,
  makeTarget,
  one,
  replay,
  setting,
  start,
} from "../../conformance/store/fixtures.ts";
import { eventsOfChange } from "../../conformance/store/own-events.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("before-deliveries", 5, {
  ownEvents: eventsOfChange,
});
const acme = instanceId("acme");
const hook = targetId("hook");

test("the migrations after it make a sound database and keep every row", () => {
  withDatabase((db) => {
    const tables = db
      .prepare<[], string>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
      )
      .pluck()
      .all();
    const rows = (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all();
    const before = tables.map(rows);
    expect(before.filter(({ length }) => length === 0)).toEqual([]);
    expect(schemaVersion(db)).toBe(5);
    migrate(db, loadMigrations(), () => undefined);
    // Columns may have come.
    expect(tables.map(rows)).toMatchObject(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("targets are called as before, with their keys and settings", () =>
  withStore(async (store) => {
    const deliveryPolicy = {
      retryDelays: [nanoseconds(1e9), nanoseconds(60e9)],
      ...{ clientErrorsFinal: true, maxConcurrency: 2, maxPerSecond: 3 },
    };
    const headers = new Map([["x-token", "header"]]);
    const expiresAt = later(60);
    const keys = {
      signingKey: { id: `key-${start}`, secret: "whsec_new" },
      previousKeys: [{ id: "hook-key", secret: "whsec_hook", expiresAt }],
    };
    const changedAt = micros(start + 1);
    const call = makeTarget("call", {
      ...{ type: { kind: "restCall", interruptOnError: true }, payloadType: "jwe" },
    });
    const found = await find(store, ["request"]);
    expect(found?.targets).toEqual([
      {
        target: makeTarget(
          "hook",
          { headers, deliveryPolicy, ordered: true },
          { ...keys, changedAt },
        ),
        encryptionKey: undefined,
      },
      { target: call, encryptionKey: makeKey("k2", { active: true, expiresAt: later(600) }) },
    ]);
  }));

test("executions, keys, the catalogue, features and remembered answers are what they were", () =>
  withStore(async (store) => {
    expect(await listConditions(store)).toEqual([
      ...["event", "event/user.*", "function/preaccesstoken", "request"],
    ]);
    expect(await store.readInstanceKeys(one)).toEqual([
      makeInstanceKey("new"),
      makeInstanceKey("old", { publishedUntil: later(100) }),
    ]);
    expect(await store.readCatalog(one)).toMatchObject({ version: 1, eventTypes: ["order.paid"] });
    expect(await store.featureSwitch(acme, "actions")).toBe(false);
    const again = { ...by, replay: replay(() => "unused") };
    expect(await store.createTarget(one, makeTarget("again"), again)).toEqual({
      ...{ kind: "replayed", answer: Buffer.from("hook") },
    });
    expect(await changesOf(store, acme)).toHaveLength(5);
  }));

test("executions of events that were set before are heard of, and their targets called", () =>
  withStore(async (store) => {
    expect(await store.nextDue()).toBeUndefined();
    expect(await store.latestRevision(one)).toBe(0);
    expect(await publish(store, [makeEvent("e"), makeEvent("f", { type: "x" })])).toEqual([2, 1]);
    // The other target was disabled before.
    const held = await claim(store);
    expect(held.map(({ delivery }) => delivery.target)).toEqual(["hook", "hook"]);
    await finish(store, held[0]);
    const at = seconds(600);
    const enabled = setting({ disabled: false });
    await store.updateTarget(one, targetId("async"), enabled, { ...by, at });
    const types = (await claim(store, at)).map(({ delivery }) => delivery.event?.type);
    expect(types.toSorted()).toEqual(["target.changed", "user.added", "x"]);
    expect(await listed(store, { state: "succeeded" })).toHaveLength(1);
  }));

test("targets that were deleted before take no deliveries", () =>
  withStore(async (store) => {
    await store.enqueue(one, [makeDelivery("m", { target: targetId("deleted") })], start);
    expect(await listed(store, { state: "cancelled" })).toHaveLength(1);
    await setList(store, "event", ["hook"]);
    expect(await publish(store, [makeEvent("g", { type: "x" })])).toEqual([1]);
    await store.deleteTarget(one, hook, () => undefined, by);
    expect(await claim(store)).toEqual([]);
  }));

test("what an instance left behind that was deleted before is swept", () =>
  withStore(async (store) => {
    expect(await store.sweep(start)).toBeGreaterThanOrEqual(2);
    while ((await store.sweep(start)) > 0);
    expect(await store.getTarget(instanceId("gone"), hook, start)).toBeUndefined();
  }));
