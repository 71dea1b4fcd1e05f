/** Damaged delivery policies: their targets are not called, and nobody else's deliveries wait for them. */
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
import { one, start, storeError } from "../../conformance/store/fixtures.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const [damaged, sound] = [targetId("t"), targetId("u")];
const masterKey = randomBytes(32);
let temp: ReturnType<typeof makeTempDir>;
let file: string;
let store: Store;

const open = () => openSqliteStore({ file, masterKey, now: () => start });

beforeEach(async () => {
  temp = makeTempDir();
  file = join(temp.path, "targetd.db");
  store = await open();
  await listenWith(store, [damaged, sound]);
  await publish(store, [makeEvent("e")]);
});
afterEach(async () => {
  await store.close();
  temp.remove();
});

function damage(policy: string): void {
  const db = new Database(file);
  const sql = "UPDATE targets SET delivery_policy = ? WHERE id = ?";
  expect(db.prepare(sql).run(policy, damaged).changes).toBe(1);
  db.close();
}

const damagedPolicies: [string][] = [
  ["no policy"],
  ["null"],
  ["{}"],
  ['{"retryDelays":[null],"clientErrorsFinal":true,"maxConcurrency":1,"maxPerSecond":0}'],
];

test.each(damagedPolicies)("a target whose policy is %j holds back no other", async (policy) => {
  await store.close();
  damage(policy);
  store = await open();
  const unreadable: unknown[] = [];
  const claims = await store.claimDeliveries(start, limits, (about, { code }) =>
    unreadable.push([about.target, code]),
  );
  expect(claims.map(({ delivery }) => delivery.target)).toEqual([sound]);
  expect(unreadable).toEqual([[damaged, "broken"]]);
  await expect(store.getTarget(one, damaged, start)).rejects.toEqual(storeError("broken"));
});

test("the result of a call that was made is judged by the default policy instead", () => {
  const row = { endpoint: "https://example.com", disabled: 0 };
  const sound = { retryDelays: [], clientErrorsFinal: true, maxConcurrency: 2, maxPerSecond: 0 };
  const policyOf = (text: string | null) =>
    toCalledSettings({ ...row, delivery_policy: text }).deliveryPolicy;
  expect(damagedPolicies.map(([text]) => policyOf(text))).toEqual(
    [1, 2, 3, 4].map(() => undefined),
  );
  expect(policyOf(JSON.stringify(sound))).toEqual(sound);
  expect(policyOf(null)).toBeUndefined();
});
