import { describe, expect, test } from "vitest";
import {
  checkRotation,
  firstKey,
  type InstanceKey,
  type InstanceKeyPair,
  maxInstanceKeys,
  publishedKeys,
  revoke,
  rotate,
  signingKeyAt,
  stateOf,
} from "../../../src/domain/instance-key.ts";
import { type Micros, micros } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";

const minute = 60 * 1e6;
const hour = 60 * minute;
const start = micros(1_000_000 * hour);
const plus = (time: number): Micros => micros(start + time);

const pair = (id: string): InstanceKeyPair => ({
  id,
  algorithm: "EdDSA",
  privateKey: `private ${id}`,
  publicJwk: { kid: id },
});

const first = firstKey([], pair("a"), start).next;
const rotated = rotate(first, pair("b"), start).next;

const ids = (keys: readonly InstanceKey[]) => keys.map(({ id }) => id);
const statesAt = (keys: readonly InstanceKey[], now: Micros) =>
  publishedKeys(keys, now).map((key) => `${key.id} ${stateOf(key, keys, now)}`);

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof ApiError) return thrown.entry.reason;
    throw thrown;
  }
  return "none";
}

describe("the first key", () => {
  test("signs at once and has no end", () => {
    expect(first).toEqual([
      { ...pair("a"), createdAt: start, signsFrom: start, publishedUntil: undefined },
    ]);
    expect(signingKeyAt(first, start)?.id).toBe("a");
  });

  test("is not made twice", () => {
    const again = firstKey(first, pair("b"), plus(hour));
    expect(again.next).toBe(first);
    expect([again.key.id, again.fields]).toEqual(["a", []]);
  });

  test("also signs for a process whose clock is behind", () => {
    expect(signingKeyAt(first, plus(-hour))?.id).toBe("a");
    expect(statesAt(first, plus(-hour))).toEqual(["a current"]);
  });

  test("is what a rotation makes where there is none", () => {
    expect(rotate([], pair("a"), start).next).toEqual(first);
  });

  test("does not exist before", () => {
    expect(signingKeyAt([], start)).toBeUndefined();
    expect(publishedKeys([], start)).toEqual([]);
  });
});

describe("a rotation", () => {
  test.each([
    [0, ["a current", "b next"]],
    [10 * minute - 1, ["a current", "b next"]],
    [10 * minute, ["a previous", "b current"]],
    [10 * minute + 24 * hour - 1, ["a previous", "b current"]],
    [10 * minute + 24 * hour, ["b current"]],
  ])("after %d µs", (time, states) => {
    expect(statesAt(rotated, plus(time))).toEqual(states);
    const current = states.find((state) => state.endsWith("current"))?.split(" ")[0];
    expect(signingKeyAt(rotated, plus(time))?.id).toBe(current);
  });

  test("keeps ids and nothing else for history", () => {
    expect(rotate(first, pair("b"), start).fields).toEqual([
      { field: "keys", old: ["a"], new: ["a", "b"] },
    ]);
  });

  test("is refused while a next key waits", () => {
    const again = (time: number) => rotate(rotated, pair("c"), plus(time));
    expect(reasonOf(() => again(10 * minute - 1))).toBe("INSTANCE_KEY_WAITING");
    expect(ids(again(10 * minute).next)).toEqual(["a", "b", "c"]);
    expect(reasonOf(() => checkRotation(rotated, plus(0)))).toBe("INSTANCE_KEY_WAITING");
  });

  test("drops what is not published any more", () => {
    const later = rotate(rotated, pair("c"), plus(25 * hour));
    expect(ids(later.next)).toEqual(["b", "c"]);
    expect(later.fields).toEqual([{ field: "keys", old: ["a", "b"], new: ["b", "c"] }]);
  });

  test("is refused while too many keys are published", () => {
    let keys = first;
    let time = 0;
    while (keys.length < maxInstanceKeys) {
      keys = rotate(keys, pair(`k${keys.length}`), plus(time)).next;
      time += 10 * minute;
    }
    expect(reasonOf(() => rotate(keys, pair("z"), plus(time)))).toBe("TOO_MANY_INSTANCE_KEYS");
    const end = plus(24 * hour + 10 * minute);
    expect(reasonOf(() => rotate(keys, pair("z"), micros(end - 1)))).not.toBe("none");
    expect(rotate(keys, pair("z"), end).key.id).toBe("z");
  });

  test("puts the next key behind the current one also for a clock that is behind", () => {
    const { next } = rotate(first, pair("b"), plus(-hour));
    expect(ids(next.toSorted((one, two) => one.signsFrom - two.signsFrom))).toEqual(["a", "b"]);
  });
});

describe("a revocation", () => {
  test("of the only key lets a new one sign at once", () => {
    const { next, fields } = revoke(first, "a", pair("s"), plus(hour));
    expect(statesAt(next, plus(hour))).toEqual(["s current"]);
    expect(fields).toEqual([{ field: "keys", old: ["a"], new: ["s"] }]);
  });

  test("of the current key lets the waiting one sign at once", () => {
    const { next } = revoke(rotated, "a", pair("s"), plus(minute));
    expect(statesAt(next, plus(minute))).toEqual(["b current"]);
    expect(next[0]).toMatchObject({ signsFrom: plus(minute), publishedUntil: undefined });
  });

  test("of the waiting key leaves the current one without an end", () => {
    const { next } = revoke(rotated, "b", pair("s"), plus(minute));
    expect(next).toEqual(first);
    expect(statesAt(next, plus(1000 * hour))).toEqual(["a current"]);
  });

  test("of a previous key changes nothing else", () => {
    const { next } = revoke(rotated, "a", pair("s"), plus(hour));
    expect(next).toEqual(rotated.slice(1));
  });

  test("of the current key leaves those before it as they are", () => {
    const { next } = revoke(rotated, "b", pair("s"), plus(hour));
    expect(statesAt(next, plus(hour))).toEqual(["a previous", "s current"]);
    expect(next[0]).toEqual(rotated[0]);
  });

  test.each(["x", ""])("of %j finds nothing", (id) => {
    expect(reasonOf(() => revoke(rotated, id, pair("s"), start))).toBe("INSTANCE_KEY_NOT_FOUND");
  });

  test("finds no key that is not published any more", () => {
    const run = () => revoke(rotated, "a", pair("s"), plus(25 * hour));
    expect(reasonOf(run)).toBe("INSTANCE_KEY_NOT_FOUND");
  });
});
