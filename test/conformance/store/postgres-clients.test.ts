/** What only several processes with one database can show. */
import { beforeEach, expect, test } from "vitest";
import { conditionId } from "../../../src/domain/condition.ts";
import { targetId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";
import { createDatabase, dropDatabase, onServer } from "../../support/postgres.ts";
import { makeDelivery, seconds } from "./delivery-fixtures.ts";
import { setList } from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  createAll,
  fingerprint,
  makeTarget,
  makeToken,
  one,
  replay,
  start,
  storeError,
} from "./fixtures.ts";
import { connectClient, locksAwaited, openAt, useProcesses } from "./postgres-stores.ts";

const processes = useProcesses();
const { spread } = processes;
let [a, b, c] = [] as unknown as typeof processes.stores;
beforeEach(() => {
  [a, b, c] = processes.stores;
});
const t = targetId("t");

test("processes that start together make one schema and one data key", async () => {
  const fresh = await createDatabase(processes.server.url);
  const opened = await Promise.all([1, 2, 3, 4].map(() => openAt(fresh)));
  const [first, ...others] = opened as [Store, ...Store[]];
  const secret = makeTarget("t", { headers: new Map([["a", "secret"]]) });
  await first.createTarget(one, secret, by);
  for (const store of others) expect(await store.getTarget(one, t, start)).toEqual(secret);
  for (const store of opened) await store.close();
  await dropDatabase(processes.server.url, fresh);
});

test("a schema that a newer version made is used as long as it is compatible", async () => {
  const fresh = await createDatabase(processes.server.url);
  await (await openAt(fresh)).close();
  await onServer(fresh, "UPDATE schema_version SET version = version + 1");
  await (await openAt(fresh)).close();
  await onServer(fresh, "UPDATE schema_version SET compatible_from = version");
  await expect(openAt(fresh)).rejects.toMatchObject({ code: "schema-newer" });
  await dropDatabase(processes.server.url, fresh);
});

test("another master key is refused, and changes nothing", async () => {
  await expect(openAt(processes.url, { key: Buffer.alloc(32, "other") })).rejects.toMatchObject({
    code: "master-key-wrong",
  });
  await a.ping();
});

test("updates of one target are all applied, each to what the one before has left", async () => {
  await a.createTarget(one, makeTarget("t", { endpoint: "https://e/0" }), by);
  await spread(60, (store) =>
    store.updateTarget(
      one,
      t,
      (current) => {
        const count = Number(current.settings.endpoint.split("/").at(-1)) + 1;
        const settings = { ...current.settings, endpoint: `https://e/${count}` };
        const changedAt = seconds(count);
        return { next: { ...current, changedAt, settings }, fields: [] };
      },
      by,
    ),
  );
  const target = await b.getTarget(one, t, start);
  expect(target?.settings.endpoint).toBe("https://e/60");
  expect(target?.changedAt).toBe(seconds(60));
  const changes = await changesOf(c, one);
  expect(changes.map(({ at }) => at)).toEqual(
    [...Array.from({ length: 60 }, (_, index) => seconds(index + 1)), start].sort((x, y) => y - x),
  );
});

test("what one has answered, the others do and show at once", async () => {
  await a.createTarget(one, makeTarget("t"), by);
  await setList(a, "request", ["t"]);
  await a.createToken(makeToken("x"), by);
  for (let round = 1; round <= 20; round += 1) {
    const endpoint = `https://e/${round}`;
    await a.updateTarget(
      one,
      t,
      (current) => ({
        next: {
          ...current,
          changedAt: seconds(round),
          settings: { ...current.settings, endpoint },
        },
        fields: [],
      }),
      by,
    );
    const found = await b.readCallableTarget(one, t, start);
    expect(found?.target.settings.endpoint).toBe(endpoint);
  }
  await a.revokeToken(one, "id of x", () => undefined, by);
  expect((await c.findToken(fingerprint("x")))?.revokedAt).toBe(start);
  await a.setFeature(one, "actions", false, by);
  expect(await c.featureSwitch(one, "actions")).toBe(false);
});

test("twins of a request are one write", async () => {
  const written = await spread(9, (store, index) =>
    store.createTarget(one, makeTarget(`t${index}`), { ...by, replay: replay(({ id }) => id) }),
  );
  const [done] = written.flatMap((each) => (each.kind === "done" ? [each.result.id] : []));
  const answers = written.flatMap((each) =>
    each.kind === "replayed" ? [Buffer.from(each.answer).toString()] : [],
  );
  expect(answers).toEqual(Array.from({ length: 8 }, () => done));
});

test("the first token is made once", async () => {
  const made = await spread(9, (store, index) => store.createFirstToken(makeToken(`${index}`), by));
  expect(made.filter((each) => each)).toHaveLength(1);
});

test("no two revocations each leave the other's token as the last", async () => {
  await a.createToken(makeToken("x"), by);
  await a.createToken(makeToken("y"), by);
  const last = new Error("the last one");
  const revoked = await Promise.allSettled(
    ["x", "y"].map((text, index) =>
      (processes.stores[index] ?? a).revokeToken(
        one,
        `id of ${text}`,
        (_, permanent) => {
          if (permanent.length < 2) throw last;
        },
        by,
      ),
    ),
  );
  expect(revoked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});

test("there are never more live tokens than there may be", async () => {
  const made = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) =>
      (processes.stores[index % 3] ?? a).createToken(makeToken(`${index}`), { ...by, maxLive: 5 }),
    ),
  );
  expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
});

test("a target that is deleted while lists are set stands in none", async () => {
  await createAll(
    a,
    one,
    ["t", "u"].map((id) => makeTarget(id)),
  );
  const wanted = [t, targetId("u")];
  const lists = Array.from({ length: 12 }, (_, index) => `event/${index}`);
  const set = (store: Store, id: string) =>
    store.setExecution(
      one,
      conditionId(id),
      wanted,
      (current, missing) => {
        const dates = { createdAt: start, changedAt: seconds(current === undefined ? 0 : 1) };
        const targets = wanted.filter((target) => !missing.includes(target));
        return { next: { id: conditionId(id), ...dates, targets }, fields: [] };
      },
      by,
    );
  await Promise.all([
    ...lists.map((id, index) => set(processes.stores[index % 3] ?? a, id)),
    b.deleteTarget(one, t, () => undefined, by),
  ]);
  const query = { filters: [], sort: "id", ascending: true, offset: 0, limit: 100 } as const;
  const { items } = await c.listExecutions(one, query);
  expect(items.flatMap(({ targets }) => targets)).not.toContain("t");
});

test("a lock that another client keeps makes calls unavailable, and is waited for no longer", async () => {
  const impatient = await openAt(processes.url, { limits: { lockTimeout: 50 } });
  await a.createTarget(one, makeTarget("t"), by);
  const client = await connectClient(processes.url);
  await client.query("BEGIN; SELECT 1 FROM targets WHERE id = 't' FOR UPDATE");
  const deletion = () => impatient.deleteTarget(one, t, () => undefined, by);
  await expect(deletion()).rejects.toEqual(storeError("unavailable"));
  expect(await impatient.getTarget(one, t, start)).toEqual(makeTarget("t"));
  await client.query("ROLLBACK");
  expect(await deletion()).toBe(start + 1);
  await impatient.close();
});

test("a deadlock that another client makes is got over", async () => {
  await createAll(a, one, [makeTarget("t")]);
  await a.enqueue(one, [makeDelivery("d")], start);
  const client = await connectClient(processes.url);
  // The other way round than every store: first the queue, then the target.
  await client.query("BEGIN; SELECT 1 FROM delivery_queues FOR UPDATE");
  const deletion = a.deleteTarget(one, t, () => undefined, by);
  await locksAwaited(processes.url, 1);
  // The server ends one of the two after a second; whichever it is, the store's call succeeds.
  await client.query("SELECT 1 FROM targets FOR UPDATE").catch(() => undefined);
  await client.query("ROLLBACK");
  expect(await deletion).toBe(start + 1);
});
