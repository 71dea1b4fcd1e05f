import { expect, test } from "vitest";
import { eventCandidates, requestCandidates } from "../../../src/domain/condition.ts";
import { instanceId, micros, targetId } from "../../../src/domain/units.ts";
import { activating, find, findIds, keysAre, makeKey, setList } from "./execution-fixtures.ts";
import {
  by,
  createAll,
  later,
  makeTarget,
  one,
  rotating,
  setting,
  start,
  two,
} from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");
const accept = () => undefined;

export function findExecutionCases(context: SuiteContext): void {
  const create = (names: string, instance = one) =>
    createAll(
      context.store,
      instance,
      [...names].map((name) => makeTarget(name)),
    );
  const callable = (now = start) => context.store.readCallableTarget(one, id, now);

  test("the first candidate that has a list is found", async () => {
    await create("abc");
    const candidates = requestCandidates("request", "s.S", "M");
    expect(await find(context.store, candidates)).toBeUndefined();
    await setList(context.store, "request", ["a"]);
    await setList(context.store, "response/s.S/M", ["c"]);
    expect(await findIds(context.store, candidates)).toEqual(["a"]);
    await setList(context.store, "request/s.S", ["b"]);
    expect(await findIds(context.store, candidates)).toEqual(["b"]);
    await setList(context.store, "request/s.S/M", ["c"]);
    const found = await find(context.store, candidates);
    expect(found?.id).toBe("request/s.S/M");
    expect(await findIds(context.store, candidates.toReversed())).toEqual(["a"]);
    expect(await find(context.store, [])).toBeUndefined();
  });

  test("a list that is empty leaves the call to the next candidate", async () => {
    await create("ab");
    await setList(context.store, "request", ["a"]);
    await setList(context.store, "request/s", ["b"]);
    await setList(context.store, "request/s", []);
    expect(await findIds(context.store, ["request/s", "request"])).toEqual(["a"]);
    await setList(context.store, "request/s", ["b"]);
    await context.store.deleteTarget(one, targetId("b"), accept, by);
    expect(await findIds(context.store, ["request/s", "request"])).toEqual(["a"]);
  });

  test("an event of many parts finds its group", async () => {
    await create("a");
    const type = Array.from({ length: 400 }, () => "p").join(".");
    await setList(context.store, "event/p.p.*", ["a"]);
    const found = await find(context.store, eventCandidates(type));
    expect(found?.id).toBe("event/p.p.*");
  });

  test("the targets come in call order with all that a call needs", async () => {
    const headers = new Map([["x-token", "secret"]]);
    const previousKeys = [{ id: "p", secret: "whsec_p", expiresAt: later(5) }];
    const settings = { headers, payloadType: "jwe", disabled: true, ordered: true } as const;
    const full = makeTarget("t", settings, { previousKeys });
    await createAll(context.store, one, [full, makeTarget("a")]);
    const key = makeKey("k", { active: true, expiresAt: later(5) });
    await context.store.changePublicKeys(one, id, keysAre([makeKey("j"), key]), by);
    await setList(context.store, "request", ["t", "a"]);
    expect(await find(context.store, ["request"])).toEqual({
      id: "request",
      targets: [
        { target: full, encryptionKey: key },
        { target: makeTarget("a"), encryptionKey: undefined },
      ],
    });
    expect(await callable()).toEqual({ target: full, encryptionKey: key });
  });

  test("keys that have expired are not shown", async () => {
    await create("t");
    await context.store.updateTarget(one, id, rotating("whsec_2", later(5)), by);
    const key = makeKey("k", { active: true, expiresAt: later(6) });
    await context.store.changePublicKeys(one, id, keysAre([key]), by);
    await setList(context.store, "request", ["t"]);
    const keysAt = async (at: typeof start) => {
      const found = await find(context.store, ["request"], { at });
      expect(found?.targets).toEqual([await callable(at)]);
      const { target, encryptionKey } = found?.targets[0] ?? {};
      return [target?.previousKeys.length, encryptionKey?.id];
    };
    expect(await keysAt(micros(later(5) - 1))).toEqual([1, "k"]);
    expect(await keysAt(later(5))).toEqual([0, "k"]);
    expect(await keysAt(micros(later(6) - 1))).toEqual([0, "k"]);
    expect(await keysAt(later(6))).toEqual([0, undefined]);
  });

  test("of the public keys the active one is shown, from the change on", async () => {
    await create("t");
    const keys = ["a", "b"].map((name) => makeKey(name));
    await context.store.changePublicKeys(one, id, keysAre(keys), by);
    expect((await callable())?.encryptionKey).toBeUndefined();
    for (const name of ["a", "b"]) {
      await context.store.changePublicKeys(one, id, activating(name), by);
      expect((await callable())?.encryptionKey).toEqual(makeKey(name, { active: true }));
    }
  });

  test("what starts after an update sees it", async () => {
    await create("t");
    await setList(context.store, "request", ["t"]);
    for (let round = 1; round <= 20; round++) {
      const endpoint = `https://e/${round}`;
      await context.store.updateTarget(one, id, setting({ endpoint }), by);
      const found = await find(context.store, ["request"]);
      expect(found?.targets[0]?.target.settings.endpoint).toBe(endpoint);
    }
  });

  test("a target that is not is not there to be called", async () => {
    await create("t");
    await create("u", two);
    for (const name of ["u", "none"].map(targetId)) {
      expect(await context.store.readCallableTarget(one, name, start)).toBeUndefined();
    }
    expect(await context.store.readCallableTarget(instanceId("none"), id, start)).toBeUndefined();
    await context.store.deleteTarget(one, id, accept, by);
    expect(await callable()).toBeUndefined();
  });

  test("no list of another instance is found", async () => {
    await create("t");
    await setList(context.store, "request", ["t"]);
    for (const instance of [two, instanceId("none")]) {
      expect(await find(context.store, ["request"], { instance })).toBeUndefined();
    }
    const theirs = makeTarget("t", { endpoint: "https://two" });
    await createAll(context.store, two, [theirs]);
    await setList(context.store, "request", ["t"], { instance: two });
    const found = await find(context.store, ["request"], { instance: two });
    expect(found?.targets[0]?.target).toEqual(theirs);
    expect((await find(context.store, ["request"]))?.targets[0]?.target).toEqual(makeTarget("t"));
  });

  test("what is found is one state, whatever is written meanwhile", async () => {
    // After each round the list has two targets: the one that was there and a new one.
    const names = Array.from({ length: 30 }, (_, round) => `t${round}`);
    await createAll(
      context.store,
      one,
      names.map((name) => makeTarget(name)),
    );
    await setList(context.store, "request", ["t0", "t1"]);
    const searches: Promise<readonly string[] | undefined>[] = [];
    const search = () => void searches.push(findIds(context.store, ["request"]));
    for (const [index, name] of names.slice(2).entries()) {
      const set = setList(context.store, "request", [`t${index + 1}`, name]);
      search();
      await set;
      const deletion = context.store.deleteTarget(one, targetId(`t${index}`), accept, by);
      search();
      await deletion;
    }
    const pairs = new Set(names.slice(1).map((name, index) => `t${index},${name}`));
    for (const found of await Promise.all(searches)) expect(pairs).toContain(found?.join());
    expect(await findIds(context.store, ["request"])).toEqual(["t28", "t29"]);
  });
}
