import { expect, onTestFinished, test } from "vitest";
import { followStore, reach } from "../../../src/app/reachability.ts";
import { createServingState } from "../../../src/server/serving-state.ts";
import { StoreError } from "../../../src/store/store.ts";

/** A store that can be away. */
function fakeStore() {
  const store = {
    isAway: false,
    async ping() {
      if (store.isAway) throw new StoreError("unavailable", "away");
    },
  };
  return store;
}

/** Resolves at the next change of the state. */
const nextChange = (serving: ReturnType<typeof createServingState>) =>
  new Promise<boolean>((resolve) => {
    const stop = serving.onChange(() => {
      stop();
      resolve(serving.serving);
    });
  });

test("the state follows the store, with a line in the log for each change", async () => {
  const store = fakeStore();
  const serving = createServingState([]);
  const lines: string[] = [];
  serving.set(true);
  const log = { info: () => lines.push("info"), error: () => lines.push("error") };
  onTestFinished(followStore({ store, serving, log }));
  for (const isAway of [true, false, true]) {
    const change = nextChange(serving);
    store.isAway = isAway;
    expect(await change).toBe(!isAway);
  }
  expect(lines).toEqual(["error", "info", "error"]);
});

test("a store that stays away is told of once a minute", async () => {
  const store = fakeStore();
  store.isAway = true;
  const serving = createServingState([]);
  serving.set(true);
  const told: unknown[] = [];
  const reminded = Promise.withResolvers<void>();
  const log = {
    info: () => undefined,
    error(fields: { readonly seconds?: number }) {
      told.push(fields.seconds);
      if (told.length === 3) reminded.resolve();
    },
  };
  // Each look comes 20 seconds after the one before.
  let looks = 0;
  const now = () => looks * 20_000;
  const counting = {
    ping() {
      looks += 1;
      return store.ping();
    },
  };
  onTestFinished(followStore({ store: counting, serving, log, now, pause: 1 }));
  await reminded.promise;
  expect(told).toEqual([undefined, 60, 120]);
});

test("once it is stopped the state stays as it was set", async () => {
  const answer = Promise.withResolvers<void>();
  const serving = createServingState([]);
  const log = { info: () => undefined, error: () => undefined };
  const stop = followStore({ store: { ping: () => answer.promise }, serving, log });
  stop();
  answer.resolve();
  await answer.promise;
  expect(serving.serving).toBe(false);
});

test("a store that answers is reached, and one that refuses is not", async () => {
  const store = fakeStore();
  await reach(store);
  store.isAway = true;
  await expect(reach(store)).rejects.toMatchObject({ code: "unavailable" });
});
