/** What a store keeps in memory is what its database holds, whatever was written or undone meanwhile. */
import { expect, test } from "vitest";
import { instanceId, type Micros, targetId } from "../../../src/domain/units.ts";
import type { TargetChange } from "../../../src/store/store.ts";
import { claim, finish, makeEvent, openUntil, publish, retryAt } from "./delivery-fixtures.ts";
import { find, findIds, listing, request, setList } from "./execution-fixtures.ts";
import {
  by,
  changesOf,
  createAll,
  later,
  makeTarget,
  makeToken,
  one,
  replay,
  rotating,
  setting,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const mistake = new Error("no");
/** Fails a write after everything of it was written. */
const unanswerable = replay((): string => {
  throw mistake;
});

export function readAfterWriteCases(context: SuiteContext): void {
  const read = (now: Micros = start) => context.store.getTarget(one, id, now);
  const update = (change: ReturnType<typeof setting>, options = {}) =>
    context.store.updateTarget<TargetChange>(one, id, change, { ...by, ...options });
  /** Creates the target and reads it. */
  const known = async (parts: Parameters<typeof makeTarget>[2] = {}) => {
    await context.store.createTarget(one, makeTarget("t", {}, parts), by);
    expect(await read()).toEqual(makeTarget("t", {}, parts));
  };

  test("a target is read as it was written last, whatever was read before", async () => {
    await known();
    const headers = new Map([["x-a", "1"]]);
    await update(setting({ headers, deliveryPolicy: undefined, name: "\u{1f680}" }));
    const written = await read();
    expect(written?.settings).toMatchObject({ headers, name: "\u{1f680}" });
    await context.reopen();
    expect(await read()).toEqual(written);
  });

  test("settings that are longer than what is kept are read as they were written", async () => {
    await known();
    const headers = new Map(Array.from({ length: 50 }, (_, n) => [`x-${n}`, "v".repeat(100)]));
    await update(setting({ headers }));
    expect((await read())?.settings.headers).toEqual(headers);
    await update(setting({ headers: new Map() }));
    await update(setting({ ordered: true }));
    expect((await read())?.settings).toMatchObject({ headers: new Map(), ordered: true });
  });

  test.each([
    ["fails", { replay: unanswerable }],
    ["is dry", { dryRun: true }],
  ])(
    "an update that %s after it has written leaves the target as it was",
    async (_what, options) => {
      await known();
      const rotate = rotating("whsec_2", later(5));
      const results = await Promise.allSettled([
        update(setting({ name: "before" })),
        update((current) => setting({ name: "never" })(rotate(current).next), options),
        update(setting({ ordered: true })),
      ]);
      expect(results.map(({ status }) => status)).toEqual([
        "fulfilled",
        "dryRun" in options ? "fulfilled" : "rejected",
        "fulfilled",
      ]);
      const target = await read();
      expect(target?.settings).toMatchObject({ name: "before", ordered: true });
      expect([target?.signingKey.secret, target?.previousKeys]).toEqual(["whsec_t", []]);
      expect(await changesOf(context.store, one, { resourceId: id })).toHaveLength(3);
    },
  );

  test("what is undone leaves no gap in the numbers of the changes", async () => {
    await known();
    const numbers = async () => (await context.store.listChanges(one, { limit: 1 })).next;
    const before = (await numbers()) ?? 0;
    await expect(update(setting({}), { replay: unanswerable })).rejects.toBe(mistake);
    await update(setting({}));
    expect(await numbers()).toBe(before + 1);
  });

  test("a rotation acts at once, and each previous key until its own end", async () => {
    await known();
    await update(rotating("whsec_2", later(5)));
    await update(rotating("whsec_3", later(9)));
    const secrets = async (now: Micros) => {
      const target = await read(now);
      return [target?.signingKey, ...(target?.previousKeys ?? [])].map((key) => key?.secret);
    };
    expect(await secrets(start)).toEqual(["whsec_3", "whsec_t", "whsec_2"]);
    expect(await secrets(later(5))).toEqual(["whsec_3", "whsec_2"]);
    expect(await secrets(later(9))).toEqual(["whsec_3"]);
    await update((current) => {
      const revoked = { ...current, previousKeys: [] };
      return setting({})(revoked);
    });
    expect(await secrets(start)).toEqual(["whsec_3"]);
  });

  test("a key that was swept does not return, although the clock goes back", async () => {
    await known({ previousKeys: [{ id: "p", secret: "whsec_p", expiresAt: later(5) }] });
    expect(await context.store.sweep(later(5))).toBe(1);
    expect((await read())?.previousKeys).toEqual([]);
  });

  test("a renewal is read at once", async () => {
    await known({ expiresAt: later(1) });
    await context.store.renewTarget(one, id, later(2));
    expect((await read())?.expiresAt).toBe(later(2));
    await update(setting({ ordered: true }));
    expect((await read())?.expiresAt).toBe(later(2));
  });

  test("a deleted target is gone, for reads, updates and lists, and its name is free", async () => {
    await known();
    await setList(context.store, "request", ["t"]);
    expect(await findIds(context.store, [request])).toEqual(["t"]);
    await context.store.deleteTarget(one, id, () => undefined, by);
    expect(await read()).toBeUndefined();
    await expect(update(setting({}))).rejects.toEqual(storeError("not-found"));
    expect(await find(context.store, [request])).toBeUndefined();
    await context.store.createTarget(one, makeTarget("u", { name: "t" }), by);
    expect(await read()).toBeUndefined();
  });

  test("the targets of a deleted instance are gone before and after the sweep", async () => {
    await createAll(context.store, two, [makeTarget("t")]);
    expect(await context.store.getTarget(two, id, start)).toEqual(makeTarget("t"));
    await context.store.deleteInstance(two, by);
    expect(await context.store.getTarget(two, id, start)).toBeUndefined();
    while ((await context.store.sweep(start)) > 0);
    expect(await context.store.getTarget(two, id, start)).toBeUndefined();
  });

  test("a list is found from its writing to its end, and not when it was undone", async () => {
    await known();
    expect(await find(context.store, [request])).toBeUndefined();
    const change = listing(request, ["t"]);
    const refused = context.store.setExecution(one, request, [id], change, {
      ...by,
      mostExecutions: 0,
    });
    await expect(refused).rejects.toEqual(storeError("quota-exceeded"));
    expect(await find(context.store, [request])).toBeUndefined();
    await setList(context.store, "request", ["t"]);
    expect(await findIds(context.store, [request])).toEqual(["t"]);
    await setList(context.store, "request", []);
    expect(await find(context.store, [request])).toBeUndefined();
  });

  test("an instance whose creation was undone does not exist", async () => {
    await context.store.createToken(makeToken("taken"), by);
    const acme = { id: instanceId("acme"), name: "acme", createdAt: start, features: new Map() };
    const token = makeToken("taken", { id: "other", instance: acme.id });
    const [created, written] = await Promise.allSettled([
      context.store.createInstance(acme, token, by),
      context.store.createTarget(acme.id, makeTarget("t"), by),
    ]);
    expect(created.status).toBe("rejected");
    expect(written).toMatchObject({ reason: { code: "not-found" } });
    expect(await context.store.instanceExists(acme.id)).toBe(false);
  });

  test("a change of a target wakes its queue, also the first one that it ever has", async () => {
    await known();
    await update(setting({ endpoint: "https://example.com/1" }));
    await setList(context.store, "event", ["t"]);
    await publish(context.store, [makeEvent("e")]);
    const [held] = await claim(context.store);
    await finish(context.store, held, retryAt(later(1), openUntil(later(60))));
    expect(await context.store.nextDue()).toBe(later(60));
    await update(setting({ endpoint: "https://example.com/2" }));
    expect(await context.store.nextDue()).toBe(start);
  });
}
