/** Damaged rows of targets: what reads one fails or ends, and nothing else. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import { toCalledSettings } from "../../../src/store/rows/targets.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  limits,
  listenWith,
  makeEvent,
  publish,
} from "../../conformance/store/delivery-fixtures.ts";
import {
  by,
  changesOf,
  one,
  setting,
  start,
  storeError,
} from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const [damaged, sound] = [targetId("t"), targetId("u")];
const masterKey = randomBytes(32);
let temp: ReturnType<typeof makeTempDir>;
let file: string;
let store: Store;

const open = () => openSqliteStore({ file, masterKey, now: () => start });
const update = (id = damaged) => store.updateTarget(one, id, setting({}), by);

beforeEach(async () => {
  temp = makeTempDir();
  file = join(temp.path, "targetd.db");
  store = await open();
  await listenWith(store, [damaged, sound]);
  await publish(store, [makeEvent("e")]);
  for (let count = 0; count < 3; count += 1) await update();
});
afterEach(async () => {
  await store.close();
  temp.remove();
});

async function damage(sql: string): Promise<void> {
  await store.close();
  const db = new Database(file);
  expect(db.prepare(sql).run(damaged).changes).toBeGreaterThan(0);
  db.close();
  store = await open();
}

const damagedPolicies = [
  "no policy",
  "null",
  "{}",
  '{"retryDelays":[null],"clientErrorsFinal":true,"maxConcurrency":1,"maxPerSecond":0}',
];

test.each([
  ...["no history", "[-1]", "{}"].map((text) => ["history", text]),
  ...damagedPolicies.map((text) => ["delivery_policy", text]),
])("a target whose %s is %j holds back no other", async (column, text) => {
  await damage(`UPDATE targets SET ${column} = '${text}' WHERE id = ?`);
  const unreadable: unknown[] = [];
  const claims = await store.claimDeliveries(start, limits, (about, { code }) =>
    unreadable.push([about.target, code]),
  );
  expect(claims.map(({ delivery }) => delivery.target)).toEqual([sound]);
  expect(unreadable).toEqual([[damaged, "broken"]]);
  const updates = await Promise.allSettled([update(), update(sound)]);
  expect(updates).toMatchObject([
    { status: "rejected", reason: storeError("broken") },
    { status: "fulfilled" },
  ]);
});

test("a result is judged by the default policy where that of the target is damaged", () => {
  const row = { endpoint: "https://example.com", disabled: 0 };
  const policyOf = (text: string | null) =>
    toCalledSettings({ ...row, delivery_policy: text }).deliveryPolicy;
  for (const text of [...damagedPolicies, null]) expect(policyOf(text)).toBeUndefined();
  const policy = { retryDelays: [], clientErrorsFinal: true, maxConcurrency: 2, maxPerSecond: 0 };
  expect(policyOf(JSON.stringify(policy))).toEqual(policy);
});

test("changes of a target whose history is damaged are not read, those of others are", async () => {
  await damage("UPDATE targets SET history = 'no history' WHERE id = ?");
  await update(sound);
  await expect(changesOf(store, one, { resourceId: damaged })).rejects.toEqual(
    storeError("broken"),
  );
  expect(await changesOf(store, one, { resourceId: sound })).toHaveLength(2);
});

test.each(["sequence", "sequence + 1"])(
  "changes that lead to %j are read once, and not for ever",
  async (previous) => {
    const last = "(SELECT max(sequence) FROM changes WHERE resource_id = ?)";
    await damage(`UPDATE changes SET previous = ${previous} WHERE sequence = ${last}`);
    const ofDamaged = { resourceId: damaged };
    expect(await changesOf(store, one, ofDamaged)).toHaveLength(1);
    expect(await changesOf(store, one, { ...ofDamaged, author: "nobody" })).toEqual([]);
    await expect(changesOf(store, one, { ...ofDamaged, after: 1 })).rejects.toEqual(
      storeError("broken"),
    );
  },
);
