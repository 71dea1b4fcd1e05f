import { describe, expect, test } from "vitest";
import { revoke, rotate } from "../../../src/domain/instance-key.ts";
import { defaultInstance, instanceId } from "../../../src/domain/units.ts";
import { changeKeys, type KeyServer, openKeyServer } from "./support/key-server.ts";

const nowhere = instanceId("nowhere");

/** What history says about the keys, newest first. */
async function keyChanges({ store }: KeyServer) {
  const { items } = await store.listChanges(defaultInstance, { limit: 100 });
  return items.filter(({ fields }) => fields.some(({ field }) => field === "keys"));
}

describe("the first key", () => {
  test.each(["signing", "published"] as const)("is made by %s", async (use) => {
    const server = await openKeyServer();
    expect(await server.store.readInstanceKeys(defaultInstance)).toEqual([]);
    await server.keys[use](defaultInstance);
    const key = await server.keys.signing(defaultInstance);
    expect(key.algorithm).toBe("RS256");
    expect(await server.keys.published(defaultInstance)).toEqual([key]);
    expect(await keyChanges(server)).toMatchObject([
      {
        author: "system",
        resourceType: "instance",
        action: "changed",
        fields: [{ field: "keys", old: [], new: [key.id] }],
      },
    ]);
  });

  test("is one, however many first uses there are at the same time, on every replica", async () => {
    const server = await openKeyServer();
    const { keys, replica } = server;
    const uses = [keys, replica, keys, replica, keys].flatMap((each) => [
      each.signing(defaultInstance).then(({ id }) => id),
      each.published(defaultInstance).then((published) => published.map(({ id }) => id).join()),
    ]);
    expect(new Set(await Promise.all(uses)).size).toBe(1);
    expect(await keyChanges(server)).toHaveLength(1);
  });

  test.each(["signing", "published"] as const)("%s finds no instance that is none", async (use) => {
    const { keys, store, clock } = await openKeyServer();
    const notFound = { name: "StoreError", code: "not-found" };
    await expect(keys[use](nowhere)).rejects.toMatchObject(notFound);
    const gone = instanceId("gone");
    const at = clock.now();
    const author = { author: "test", at };
    const instance = { id: gone, name: "", createdAt: at, features: new Map() };
    await store.createInstance(instance, firstToken(gone, at), author);
    await keys[use](gone);
    await store.deleteInstance(gone, author);
    await expect(keys[use](gone)).rejects.toMatchObject(notFound);
  });
});

function firstToken(instance: typeof nowhere, createdAt: ReturnType<KeyServer["clock"]["now"]>) {
  return {
    id: "t",
    instance,
    hash: new Uint8Array(32),
    description: "",
    roles: ["IAM_OWNER"],
    permissions: [],
    createdAt,
    expiresAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
  };
}

test("a rotation acts when it is due, and a revocation at once, on every replica", async () => {
  const server = await openKeyServer();
  const { keys, replica, clock } = server;
  const first = await keys.signing(defaultInstance);
  const next = await changeKeys(server, rotate);
  const signing = async () => [
    (await keys.signing(defaultInstance)).id,
    (await replica.signing(defaultInstance)).id,
  ];
  expect(await signing()).toEqual([first.id, first.id]);
  clock.pass(600);
  expect(await signing()).toEqual([next, next]);
  const spare = await changeKeys(server, (current, pair, now) => revoke(current, next, pair, now));
  expect(await signing()).toEqual([spare, spare]);
  const published = await replica.published(defaultInstance);
  expect(published.map(({ id }) => id)).toEqual([first.id, spare]);
});
