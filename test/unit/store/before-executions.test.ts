import { expect, test } from "vitest";
import { instanceId, targetId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import {
  find,
  findIds,
  keysAre,
  makeInstanceKey,
  makeKey,
  request,
  setList,
} from "../../conformance/store/execution-fixtures.ts";
import { by, changesOf, later, makeTarget, one, start } from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("before-executions", 4);
const acme = instanceId("acme");
const gone = instanceId("gone");
const id = targetId("t");

test("the migrations after it make a sound database and keep every row", () => {
  withDatabase((db) => {
    const tables = [
      ...["instances", "instance_features", "targets", "signing_keys", "tokens"],
      ...["data_keys", "changes"],
    ];
    const rows = (table: string) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all();
    const before = tables.map(rows);
    expect(schemaVersion(db)).toBe(4);
    migrate(db, loadMigrations(), () => undefined);
    // Columns may have come.
    expect(tables.map(rows)).toMatchObject(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("the audit goes on where it was, with kinds of things that were not there before", () =>
  withStore(async (store) => {
    const before = await changesOf(store, acme);
    expect(before[0]).toMatchObject({ action: "denied", author: "token:eve" });
    await setList(store, request, ["t"], { instance: acme });
    const skipped = { resourceType: "call", resourceId: "m", action: "skipped" } as const;
    await store.recordChange(acme, { ...by, ...skipped, fields: [] });
    const after = await changesOf(store, acme);
    expect(after.slice(2)).toEqual(before);
    expect(after.slice(0, 2)).toMatchObject([
      skipped,
      { resourceType: "execution", resourceId: request, action: "created" },
    ]);
    const updated = await changesOf(store, one, { since: later(5), until: later(6) });
    expect(updated.map(({ certificate }) => certificate)).toEqual(["CN=tester"]);
    // The clock had gone back.
    const late = await changesOf(store, one, { until: later(-3) });
    expect(late.map(({ resourceId }) => resourceId)).toEqual(["deleted"]);
  }));

test("targets can be called, with the keys they had and those they get", () =>
  withStore(async (store) => {
    const target = makeTarget(
      "t",
      { headers: new Map([["x-token", "header"]]), disabled: true },
      {
        changedAt: later(5),
        previousKeys: [{ id: "old", secret: "whsec_old", expiresAt: later(60) }],
      },
    );
    const key = makeKey("k", { active: true });
    await store.changePublicKeys(one, id, keysAre([key]), by);
    await setList(store, request, ["t"]);
    const found = await find(store, [request]);
    expect(found?.targets).toEqual([{ target, encryptionKey: key }]);
    await store.deleteTarget(one, id, () => undefined, by);
    expect(await findIds(store, [request])).toBeUndefined();
  }));

test("instances have neither keys nor a catalogue, and get them", () =>
  withStore(async (store) => {
    expect(await store.readInstanceKeys(acme)).toEqual([]);
    expect(await store.catalogVersion(acme)).toBe(0);
    const keys = [makeInstanceKey("k")];
    await store.changeInstanceKeys(acme, () => ({ next: keys, fields: [] }), by);
    expect(await store.readInstanceKeys(acme)).toEqual(keys);
    const next = { version: 0, sources: [], eventTypes: ["e"], functions: [] };
    await store.changeCatalog(acme, () => ({ next, part: "event_types", fields: [] }), by);
    expect(await store.catalogVersion(acme)).toBe(1);
  }));

test("what an instance left behind that was deleted before is swept", () =>
  withStore(async (store) => {
    expect(await store.getTarget(gone, id, start)).toBeUndefined();
    expect(await store.sweep(start)).toBeGreaterThanOrEqual(2);
    expect(await store.sweep(start)).toBe(0);
  }));
