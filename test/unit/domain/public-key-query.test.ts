import fc from "fast-check";
import { expect, test } from "vitest";
import type { PublicKey } from "../../../src/domain/public-key.ts";
import { type PublicKeyFilter, selectKeys } from "../../../src/domain/public-key-query.ts";
import { micros } from "../../../src/domain/units.ts";

function key(id: string, createdAt: number, expiresAt?: number, active = false): PublicKey {
  const at = micros(createdAt);
  return {
    ...{ id, pem: Buffer.from(id), fingerprint: id, active, createdAt: at },
    ...{
      changedAt: micros(100 - createdAt),
      expiresAt: expiresAt === undefined ? undefined : micros(expiresAt),
    },
  };
}

const keys = [key("a", 1, 50), key("b", 2), key("c", 2, 40, true), key("d", 3, 50)];
const all = { filters: [], sort: "createdAt", ascending: true, offset: 0, limit: 100 } as const;
const select = (query: Partial<Parameters<typeof selectKeys>[1]>) =>
  selectKeys(keys, { ...all, ...query })
    .items.map(({ id }) => id)
    .join("");
const matching = (...filters: PublicKeyFilter[]) => select({ filters });
const expires = (method: Extract<PublicKeyFilter, { by: "expiresAt" }>["method"], at: number) =>
  matching({ by: "expiresAt", method, at: micros(at) });

test("sorts by every column, ties by id in the same direction", () => {
  expect(select({})).toBe("abcd");
  expect(select({ ascending: false })).toBe("dcba");
  expect(select({ sort: "changedAt" })).toBe("dbca");
  expect(select({ sort: "expiresAt" })).toBe("cadb");
  expect(select({ sort: "expiresAt", ascending: false })).toBe("bdac");
});

test("filters by time, and a key that never expires matches no time", () => {
  expect(expires("equals", 50)).toBe("ad");
  expect(expires("after", 40)).toBe("ad");
  expect(expires("afterOrEquals", 40)).toBe("acd");
  expect(expires("before", 50)).toBe("c");
  expect(expires("beforeOrEquals", 50)).toBe("acd");
});

test("filters by ids and activity, all at once", () => {
  expect(matching({ by: "ids", ids: ["d", "a", "nobody"] })).toBe("ad");
  expect(matching({ by: "active", active: true })).toBe("c");
  expect(matching({ by: "active", active: false })).toBe("abd");
  const ids = { by: "ids", ids: ["a", "c"] } as const;
  expect(matching(ids, { by: "active", active: true })).toBe("c");
});

test("pages cover everything once and count all matches", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.boolean(), (limit, ascending) => {
      const pages = [0, 1, 2, 3, 4].map((page) =>
        selectKeys(keys, { ...all, ascending, limit, offset: page * limit }),
      );
      const ids = pages.flatMap(({ items }) => items.map(({ id }) => id)).join("");
      expect(ids).toBe(ascending ? "abcd" : "dcba");
      expect(new Set(pages.map(({ total }) => total))).toEqual(new Set([4]));
    }),
  );
  expect(selectKeys(keys, { ...all, offset: Number.MAX_SAFE_INTEGER })).toEqual({
    items: [],
    total: 4,
  });
});
