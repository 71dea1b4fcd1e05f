import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activateKey,
  addKey,
  deactivateKey,
  maxPublicKeys,
  type PublicKey,
  type PublicKeysUpdate,
  removeKey,
} from "../../../src/domain/public-key.ts";
import { micros } from "../../../src/domain/units.ts";
import { errorNameOf, nameOf } from "../../support/api-error.ts";

const now = micros(1_000_000_000);

function key(id: string, changes: Partial<PublicKey> = {}): PublicKey {
  return {
    ...{ id, pem: Buffer.from(id), fingerprint: `SHA256:${id}`, active: false },
    ...{ expiresAt: undefined, createdAt: micros(1000), changedAt: micros(1000) },
    ...changes,
  };
}

const active = (keys: readonly PublicKey[]) =>
  keys.filter((each) => each.active).map(({ id }) => id);
const fieldsOf = ({ fields }: PublicKeysUpdate) => fields.map(({ field }) => field);

describe("adding", () => {
  test("puts the key behind the others and tells history of it", () => {
    const added = addKey([key("a")], key("b", { expiresAt: micros(2_000_000) }));
    expect(added.next.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(added.date).toBe(1000);
    const expiration = "1970-01-01T00:00:02.000Z";
    const told = { fingerprint: "SHA256:b", active: false, expiration_date: expiration };
    expect(added.fields).toEqual([{ field: "public_keys.b", old: null, new: told }]);
  });

  test("ends at the most keys that a target may have", () => {
    const full = Array.from({ length: maxPublicKeys }, (_, index) => key(String(index)));
    expect(errorNameOf(() => addKey(full, key("one more")))).toBe("tooManyPublicKeys");
    expect(addKey(full.slice(1), key("last")).next).toHaveLength(maxPublicKeys);
  });
});

describe("activating", () => {
  const keys = [key("a", { active: true }), key("b"), key("c")];

  test("makes the others inactive and dates both changes", () => {
    const { next, date, fields } = activateKey(keys, "b", now);
    expect(active(next)).toEqual(["b"]);
    expect(next.map(({ changedAt }) => changedAt)).toEqual([now, now, 1000]);
    expect(date).toBe(now);
    expect(fields.map(({ field }) => field)).toEqual(["public_keys.a", "public_keys.b"]);
  });

  test("changes nothing when the key is active", () => {
    const again = activateKey(keys, "a", now);
    expect(again.next).toBe(keys);
    expect([again.date, again.fields]).toEqual([1000, []]);
  });

  test("dates a change after the one before, whatever the clock says", () => {
    const late = [key("a", { changedAt: micros(now + 5) })];
    expect(activateKey(late, "a", now).date).toBe(now + 6);
  });

  test.each([
    ["a missing key", [], "publicKeyNotFound"],
    ["an expired key", [key("a", { expiresAt: now })], "publicKeyExpired"],
    [
      "an expired key that is active",
      [key("a", { expiresAt: now, active: true })],
      "publicKeyExpired",
    ],
    ["a key that is about to expire", [key("a", { expiresAt: micros(now + 1) })], "none"],
  ])("judges %s", (_, given, error) => {
    expect(errorNameOf(() => activateKey(given, "a", now))).toBe(error);
  });
});

describe("deactivating", () => {
  test("makes an active key inactive, also when it has expired", () => {
    const keys = [key("a", { active: true, expiresAt: now }), key("b")];
    const { next, date } = deactivateKey(keys, "a", now);
    expect(active(next)).toEqual([]);
    expect(date).toBe(now);
  });

  test("changes nothing when the key is inactive", () => {
    const keys = [key("a")];
    const again = deactivateKey(keys, "a", now);
    expect(again.next).toBe(keys);
    expect(again.date).toBe(1000);
  });

  test("needs the key", () => {
    expect(errorNameOf(() => deactivateKey([], "a", now))).toBe("publicKeyNotFound");
  });
});

describe("removing", () => {
  test("takes out an inactive key and keeps in history what it was", () => {
    const removed = removeKey([key("a"), key("b")], "a", now);
    expect(removed.next.map(({ id }) => id)).toEqual(["b"]);
    expect(removed.date).toBe(now);
    const told = { fingerprint: "SHA256:a", active: false, expiration_date: null };
    expect(removed.fields).toEqual([{ field: "public_keys.a", old: told, new: null }]);
  });

  test("of a missing key is no error and has no date", () => {
    const keys = [key("a")];
    expect(removeKey(keys, "b", now)).toEqual({ next: keys, fields: [], date: undefined });
  });

  test("refuses the active key", () => {
    expect(errorNameOf(() => removeKey([key("a", { active: true })], "a", now))).toBe(
      "publicKeyActive",
    );
  });
});

test("whatever happens, one key at most is active, and only what changed gets a date", () => {
  const command = fc.record({
    kind: fc.constantFrom("activate", "deactivate", "remove"),
    id: fc.constantFrom("a", "b", "c", "d"),
    passed: fc.nat(10),
  });
  fc.assert(
    fc.property(fc.array(command), (commands) => {
      let keys: readonly PublicKey[] = ["a", "b", "c"].map((id) => key(id));
      let time = now;
      for (const { kind, id, passed } of commands) {
        time = micros(time + passed);
        const run = { activate: activateKey, deactivate: deactivateKey, remove: removeKey }[kind];
        try {
          const update = run(keys, id, time);
          const moved = update.next.filter((each) => !keys.includes(each));
          for (const each of moved) {
            const before = keys.find((old) => old.id === each.id);
            expect(each.changedAt).toBeGreaterThan(before?.changedAt ?? 0);
          }
          expect(fieldsOf(update).length === 0).toBe(update.next === keys);
          keys = update.next;
        } catch (thrown) {
          expect(nameOf(thrown)).toMatch(/^publicKey/);
        }
        expect(active(keys).length).toBeLessThanOrEqual(1);
      }
    }),
  );
});
