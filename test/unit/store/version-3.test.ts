import { expect, test } from "vitest";
import { defaultInstance, instanceId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import { by, changesOf, later } from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, withStore } = useOldDatabase("version-3", 3);
const acme = instanceId("acme");

test("migration 4 alone makes a sound database of it", () => {
  withDatabase((db) => {
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    const kept = ["data_keys", "instances", "instance_features", "tokens", "changes"];
    const before = kept.map(count);
    migrate(db, loadMigrations().slice(0, 4), () => undefined);
    expect(schemaVersion(db)).toBe(4);
    expect(kept.map(count)).toEqual(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("certificates stand beside the authors from then on", () =>
  withStore(async (store) => {
    const authors = async (instance = defaultInstance) =>
      (await changesOf(store, instance)).map((change) => [change.author, change.certificate]);
    const deploy = "CN=deploy,O=Example";
    expect(await authors()).toEqual([
      ["token:firsttoken01", undefined],
      ["token:firsttoken01", deploy],
      ["token:secondtoken1", undefined],
      ["jwt:https://id.example|1616", "CN=x certificate:y,O=\u{1f3af}"],
      ["token:firsttoken01", deploy],
      ["token:firsttoken01", undefined],
      ["token:firsttoken01", undefined],
    ]);
    expect(await authors(acme)).toEqual([["token:acmetoken001", "CN=acme"]]);
    const found = await changesOf(store, defaultInstance, { author: "token:firsttoken01" });
    expect(found).toHaveLength(5);
  }));

test("nothing else of a change is another", () =>
  withStore(async (store) => {
    const [created] = await changesOf(store, acme);
    expect(created).toEqual({
      at: later(7),
      author: "token:acmetoken001",
      certificate: "CN=acme",
      resourceType: "token",
      resourceId: "acmetoken002",
      action: "created",
      fields: [
        { field: "roles", old: null, new: ["IAM_OWNER"] },
        { field: "permissions", old: null, new: [] },
        { field: "expiration_date", old: null, new: null },
      ],
    });
  }));

test("the changes before a time are those that they were, although the clock went back", () =>
  withStore(async (store) => {
    const before = async (minutes: number) =>
      (await changesOf(store, defaultInstance, { until: later(minutes) })).map(({ at }) => at);
    expect(await before(1)).toEqual([]);
    expect(await before(2)).toEqual([1, 1].map(later));
    expect(await before(3)).toEqual([2, 1, 2, 1].map(later));
    expect(await before(6)).toEqual([5, 2, 1, 3, 2, 1].map(later));
  }));

test("a new change follows the old ones", () =>
  withStore(async (store) => {
    await store.setFeature(acme, "actions", true, by);
    const [newest, ...old] = await changesOf(store, defaultInstance);
    expect([newest?.action, old.length]).toEqual(["changed", 7]);
  }));
