import { expect, test } from "vitest";
import { revokeKey } from "../../../src/domain/signing-key.ts";
import { micros } from "../../../src/domain/units.ts";
import { errorNameOf } from "../../support/api-error.ts";
import { sampleTarget } from "../../support/targets.ts";

const now = micros(9_000_000);
const previous = (id: string) => ({ id, secret: `whsec_${id}`, expiresAt: micros(10_000_000) });
const target = sampleTarget({ previousKeys: [previous("sk_a"), previous("sk_b")] });

test("ends one previous key, as a change that tells no secret", () => {
  const { next, fields } = revokeKey(target, "sk_a", now);
  expect(next.previousKeys.map(({ id }) => id)).toEqual(["sk_b"]);
  expect(next.changedAt).toBe(now);
  expect(fields).toEqual([{ field: "previous_signing_keys", old: "sk_a", new: null }]);
});

test("changes nothing when there is no such key", () => {
  expect(revokeKey(target, "sk_gone", now).next).toBe(target);
});

test("leaves the current key to a rotation", () => {
  expect(errorNameOf(() => revokeKey(target, target.signingKey.id, now))).toBe("currentSigningKey");
});
