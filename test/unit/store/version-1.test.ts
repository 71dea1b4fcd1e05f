import { expect, test } from "vitest";
import { defaultInstance, instanceId, targetId } from "../../../src/domain/units.ts";
import { loadMigrations, migrate, schemaVersion } from "../../../src/store/sqlite/migrate.ts";
import {
  allTargets,
  by,
  changesOf,
  fingerprint,
  later,
  makeTarget,
  makeToken,
  noChange,
  replay,
  start,
  storeError,
} from "../../conformance/store/fixtures.ts";
import { useOldDatabase } from "./support/old-database.ts";

const { withDatabase, open, withStore } = useOldDatabase("version-1", 1);
const acme = instanceId("acme");
const tokenOnly = instanceId("token-only");
const id = targetId("t");

test("migration 2 alone makes a sound database of it", () => {
  withDatabase((db) => {
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    const kept = ["data_keys", "targets", "signing_keys", "replays", "tokens"];
    const before = [...kept, "target_history"].map(count);
    migrate(db, loadMigrations().slice(0, 2), () => undefined);
    expect(schemaVersion(db)).toBe(2);
    expect([...kept, "changes"].map(count)).toEqual(before);
    expect(db.pragma("foreign_key_check")).toEqual([]);
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

test("targets keep their settings, headers and keys", () =>
  withStore(async (store) => {
    const deliveryPolicy = {
      retryDelays: [],
      clientErrorsFinal: true,
      maxConcurrency: 2,
      maxPerSecond: 3,
    };
    const settings = {
      name: "renamed",
      headers: new Map([["x-token", "header"]]),
      deliveryPolicy,
    };
    const renamed = makeTarget("t", settings, {
      changedAt: later(2 / 60_000_000),
      signingKey: { id: `key-${start}`, secret: "whsec_2" },
      previousKeys: [{ id: "t-key", secret: "whsec_t", expiresAt: later(60) }],
    });
    const { items } = await store.listTargets(defaultInstance, allTargets, start);
    expect(items).toEqual([renamed]);
    const theirs = makeTarget("t", { endpoint: "https://acme.example/" });
    expect(await store.getTarget(acme, id, start)).toEqual(theirs);
    const deletedAt = store.deleteTarget(defaultInstance, targetId("gone"), () => undefined, by);
    expect(await deletedAt).toBe(later(5));
  }));

test("remembered answers are given again", () =>
  withStore(async (store) => {
    const options = { ...by, replay: replay(() => "other") };
    expect(await store.updateTarget(defaultInstance, id, noChange, options)).toEqual({
      kind: "replayed",
      answer: Buffer.from("remembered"),
    });
  }));

test("a remembered request with other content is refused", () =>
  withStore(async (store) => {
    const other = replay(() => "other", { fingerprint: fingerprint("other") });
    const options = { ...by, replay: other };
    await expect(store.updateTarget(defaultInstance, id, noChange, options)).rejects.toEqual(
      storeError("request-id-reused"),
    );
  }));

test("tokens are found and have no use and no revocation yet", () =>
  withStore(async (store) => {
    const old = { description: "" };
    const tokens = [
      makeToken("first", { ...old, id: "firsttoken01", createdAt: later(-2) }),
      makeToken("acme", {
        ...old,
        id: "acmetoken001",
        instance: acme,
        roles: [],
        permissions: ["action.target.read"],
        createdAt: later(-1),
        expiresAt: later(60),
      }),
      makeToken("only", {
        ...old,
        id: "onlytoken001",
        instance: tokenOnly,
        roles: ["IAM_OWNER_VIEWER"],
        createdAt: later(3),
      }),
    ];
    for (const token of tokens) expect(await store.findToken(token.hash)).toEqual(token);
  }));

test("every instance that was named is there, as old as what names it first", () =>
  withStore(async (store) => {
    const query = { offset: 0, limit: 10, ascending: true };
    const features = new Map();
    expect(await store.listInstances(query)).toEqual({
      items: [
        { id: acme, name: "acme", createdAt: later(-1), features },
        { id: defaultInstance, name: "Default", createdAt: start, features },
        { id: tokenOnly, name: "token-only", createdAt: later(3), features },
      ],
      total: 3,
    });
  }));

test("the history of targets is the beginning of the audit", () =>
  withStore(async (store) => {
    const entry = (resourceId: string, author: string, minutes: number, action: string) => ({
      resourceType: "target",
      resourceId,
      author,
      at: later(minutes),
      action,
      fields: [],
    });
    expect(await changesOf(store, acme)).toEqual([entry("t", "token:acme", 1, "created")]);
    expect(await changesOf(store, defaultInstance)).toEqual([
      entry("gone", "token:tester", 5, "deleted"),
      entry("gone", "token:tester", 4, "created"),
      {
        ...entry("t", "token:tester", 3, "changed"),
        fields: [{ field: "name", old: "t", new: "renamed" }],
      },
      entry("t", "token:ann", 2, "changed"),
      entry("t", "token:tester", 0, "created"),
    ]);
  }));

test("a new change follows the old ones", () =>
  withStore(async (store) => {
    await store.createTarget(acme, makeTarget("new"), by);
    const changes = await changesOf(store, acme);
    expect(changes.map(({ resourceId }) => resourceId)).toEqual(["new", "t"]);
  }));

test("a wrong master key is refused before anything is migrated", async () => {
  const wrong = open(Buffer.alloc(32, 2));
  await expect(wrong).rejects.toMatchObject({ code: "master-key-wrong" });
  withDatabase((db) => expect(schemaVersion(db)).toBe(1));
});
