import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { InstanceKey } from "../../../src/domain/instance-key.ts";
import { instanceId, targetId } from "../../../src/domain/units.ts";
import {
  allExecutions,
  find,
  keysAre,
  makeInstanceKey,
  makeKey,
  readExecution,
  request,
  setList,
} from "./execution-fixtures.ts";
import {
  addInstance,
  allTargets,
  by,
  changesOf,
  later,
  listIds,
  makeTarget,
  makeToken,
  noChange,
  one,
  replay,
  rotating,
  setting,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

export function durabilityCases(context: SuiteContext): void {
  test("everything is there after the store was opened again", async () => {
    const target = makeTarget("t", { headers: new Map([["a", "b"]]) });
    const remembered = { ...by, replay: replay(() => "answer") };
    await context.store.createTarget(one, target, remembered);
    await context.store.createTarget(one, makeTarget("gone"), by);
    const gone = targetId("gone");
    const deletedAt = await context.store.deleteTarget(one, gone, () => undefined, by);
    await context.store.updateTarget(one, target.id, rotating("whsec_2", later(5)), by);
    const before = await context.store.getTarget(one, target.id, start);
    await context.store.createToken(makeToken("a"), by);
    await context.store.touchTokens(new Map([["id of a", later(2)]]));
    await context.store.revokeToken(one, "id of a", () => undefined, { ...by, at: later(3) });
    await context.store.setFeature(two, "actions", false, by);

    const store = await context.reopen();
    expect(await store.getTarget(one, target.id, start)).toEqual(before);
    expect(await listIds(store)).toEqual(["t"]);
    expect(await changesOf(store, one, { resourceId: target.id })).toHaveLength(2);
    expect(await store.deleteTarget(one, gone, () => undefined, by)).toBe(deletedAt);
    const revoked = makeToken("a", { lastUsedAt: later(2), revokedAt: later(3) });
    expect(await store.findToken(revoked.hash)).toEqual(revoked);
    expect(await store.featureSwitch(two, "actions")).toBe(false);
    expect(await store.createTarget(one, makeTarget("x"), remembered)).toEqual({
      kind: "replayed",
      answer: Buffer.from("answer"),
    });
  });

  test("executions, keys and catalogues are there after the store was opened again", async () => {
    const keys = [makeKey("k", { active: true })];
    const instanceKeys = [makeInstanceKey("i")];
    await context.store.createTarget(one, makeTarget("t"), by);
    await context.store.changePublicKeys(one, targetId("t"), keysAre(keys), by);
    const set = await setList(context.store, request, ["t"]);
    const added = () => ({ next: instanceKeys, fields: [] });
    await context.store.changeInstanceKeys(one, added, by);
    const source = { name: "s", descriptorSet: Buffer.from("set"), importedAt: start };
    const next = { version: 0, sources: [source], eventTypes: ["e"], functions: ["f"] };
    await context.store.changeCatalog(one, () => ({ next, part: "s", fields: [] }), by);

    const store = await context.reopen();
    expect(await readExecution(store, request)).toEqual(set);
    const [target] = (await find(store, [request]))?.targets ?? [];
    expect(target).toEqual({ target: makeTarget("t"), encryptionKey: keys[0] });
    expect(await store.readInstanceKeys(one)).toEqual(instanceKeys);
    expect(await store.readCatalog(one)).toEqual({ ...next, version: 1 });
  });

  test("secrets are not in the files, neither while it is open nor after", async () => {
    const secrets = ["current", "replaced", "header", "answer", "private", "ended"].map(
      (what) => `${what}-plaintext`,
    );
    const [current = "", replaced = "", header = "", answer = "", ...privateKeys] = secrets;
    const id = targetId("t");
    const settings = { name: "in the clear", headers: new Map([["x-token", header]]) };
    const signingKey = { id: "k", secret: replaced };
    await context.store.createTarget(one, makeTarget("t", settings, { signingKey }), by);
    const remembered = { ...by, replay: replay(() => answer) };
    await context.store.updateTarget(one, id, rotating(current, later(5)), remembered);

    const next = privateKeys.map((privateKey) =>
      makeInstanceKey(privateKey[0] ?? "", { privateKey }),
    );
    await context.store.changeInstanceKeys(one, () => ({ next, fields: [] }), by);
    const kept = (keys: readonly InstanceKey[]) => ({ next: keys.slice(1), fields: [] });
    await context.store.changeInstanceKeys(one, kept, by);

    const open = await context.harness.bytesAtRest();
    await context.store.close();
    const closed = await context.harness.bytesAtRest();
    await context.reopen();
    for (const bytes of [open, closed]) {
      expect(bytes.includes("in the clear")).toBe(true);
      expect(secrets.filter((secret) => bytes.includes(secret))).toEqual([]);
      // Whoever has it could try what the content may have been.
      expect(bytes.includes(remembered.replay.fingerprint)).toBe(false);
    }
  });

  test("another master key is refused and the right one still works", async () => {
    const target = makeTarget("t");
    await context.store.createTarget(one, target, by);
    await context.store.close();
    await expect(context.harness.open({ masterKey: randomBytes(32) })).rejects.toMatchObject({
      name: "StoreStartError",
      code: "master-key-wrong",
    });
    const store = await context.reopen();
    expect(await store.getTarget(one, target.id, start)).toEqual(target);
  });

  test("closing finishes the writes that are under way", async () => {
    const target = makeTarget("t");
    const write = context.store.createTarget(one, target, by);
    await context.store.close();
    await write;
    const store = await context.reopen();
    expect(await store.getTarget(one, target.id, start)).toEqual(target);
  });

  test("a closed store is unavailable, and may be closed again", async () => {
    const { store } = context;
    const id = targetId("t");
    const firstPage = { offset: 0, limit: 1, ascending: true };
    const refused = { resourceType: "call", resourceId: "m", action: "denied" } as const;
    const change = { ...by, ...refused, fields: [] };
    await store.close();
    await store.close();
    const calls = [
      () => store.getTarget(one, id, start),
      () => store.listTargets(one, allTargets, start),
      () => store.listChanges(one, { limit: 1 }),
      () => store.recordChange(one, change),
      () => store.listTokens(one, firstPage),
      () => store.createToken(makeToken("a"), by),
      () => store.createFirstToken(makeToken("a"), by),
      () => store.hasTokens(),
      () => store.revokeToken(one, "a", () => undefined, by),
      () => store.touchTokens(new Map()),
      () => store.listInstances(firstPage),
      () => addInstance(store, instanceId("new")),
      () => store.deleteInstance(two, by),
      () => store.setFeature(one, "actions", true, by),
      () => store.featureSwitch(one, "actions"),
      () => store.createTarget(one, makeTarget("t"), by),
      () => store.updateTarget(one, id, noChange, by),
      () => store.deleteTarget(one, id, () => undefined, by),
      () => store.findToken(new Uint8Array(32)),
      () => store.changePublicKeys(one, id, keysAre([]), by),
      () => store.readPublicKeys(one, id),
      () => setList(store, request, []),
      () => find(store, [request]),
      () => store.readCallableTarget(one, id, start),
      () => store.listExecutions(one, allExecutions),
      () => store.changeInstanceKeys(one, () => ({ next: [], fields: [] }), by),
      () => store.readInstanceKeys(one),
      () => store.changeCatalog(one, (next) => ({ next, part: "", fields: [] }), by),
      () => store.readCatalog(one),
      () => store.catalogVersion(one),
      () => store.sweep(start),
      () => store.ping(),
    ];
    for (const call of calls) await expect(call()).rejects.toEqual(storeError("unavailable"));
  });

  test("a read after a write sees it", async () => {
    await context.store.ping();
    await context.store.createTarget(one, makeTarget("t"), by);
    for (let round = 1; round <= 20; round++) {
      const change = setting({ endpoint: `https://e/${round}` });
      await context.store.updateTarget(one, targetId("t"), change, by);
      const target = await context.store.getTarget(one, targetId("t"), start);
      expect(target?.settings.endpoint).toBe(`https://e/${round}`);
    }
  });
}
