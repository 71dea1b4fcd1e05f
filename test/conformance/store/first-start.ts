import { expect, test } from "vitest";
import { defaultInstance, instanceId } from "../../../src/domain/units.ts";
import {
  addInstance,
  by,
  changesOf,
  fingerprint,
  later,
  makeToken,
  start,
  storeError,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

/** Cases on a store in which nothing was done yet. */
export function firstStartCases(context: SuiteContext): void {
  test("the default instance is the only one", async () => {
    const query = { offset: 0, limit: 10, ascending: true };
    const { items, total } = await context.store.listInstances(query);
    expect(items.map(({ id }) => id)).toEqual([defaultInstance]);
    expect(items[0]?.features).toEqual(new Map());
    expect(total).toBe(1);
    expect(await changesOf(context.store, defaultInstance)).toEqual([]);
  });

  test("the first token is made once, also when many try at once", async () => {
    const texts = ["a", "b", "c"];
    const attempts = await Promise.all(
      texts.map((text) => context.store.createFirstToken(makeToken(text), by)),
    );
    expect(attempts.filter((made) => made)).toHaveLength(1);
    for (const [index, text] of texts.entries()) {
      const token = await context.store.findToken(fingerprint(text));
      expect(token).toEqual(attempts[index] ? makeToken(text) : undefined);
    }
    expect(await context.store.createFirstToken(makeToken("d"), by)).toBe(false);
    expect(await context.store.findToken(fingerprint("d"))).toBeUndefined();
  });

  test("the first token leaves a change, and one that is not made leaves none", async () => {
    const options = { author: "bootstrap", at: later(1) };
    for (const text of ["a", "b"]) await context.store.createFirstToken(makeToken(text), options);
    const fields = [
      { field: "roles", old: null, new: ["IAM_OWNER"] },
      { field: "permissions", old: null, new: [] },
      { field: "expiration_date", old: null, new: null },
    ];
    expect(await changesOf(context.store, defaultInstance)).toEqual([
      { ...options, resourceType: "token", resourceId: "id of a", action: "created", fields },
    ]);
  });

  test("the first token cannot be one of an instance that does not exist", async () => {
    const token = makeToken("a", { instance: instanceId("none") });
    await expect(context.store.createFirstToken(token, by)).rejects.toEqual(
      storeError("not-found"),
    );
    expect(await context.store.hasTokens()).toBe(false);
    expect(await changesOf(context.store, token.instance)).toEqual([]);
  });

  test("tells whether there is any token, of whatever instance", async () => {
    expect(await context.store.hasTokens()).toBe(false);
    await addInstance(context.store, two);
    expect(await context.store.hasTokens()).toBe(true);
  });

  test("a store whose tokens have all been swept does not get a first one again", async () => {
    await context.store.createToken(makeToken("a", { expiresAt: start }), by);
    expect(await context.store.sweep(later(90 * 24 * 60))).toBe(1);
    expect(await context.store.findToken(fingerprint("a"))).toBeUndefined();
    expect(await context.store.hasTokens()).toBe(true);
    expect(await context.store.createFirstToken(makeToken("a"), by)).toBe(false);
  });

  test("any token before it keeps the first token from being made", async () => {
    await context.store.createToken(makeToken("a", { expiresAt: start }), by);
    expect(await context.store.createFirstToken(makeToken("b"), by)).toBe(false);
  });
}
