import { describe, expect, test } from "vitest";
import { etagOf, type Target } from "../../../src/domain/target.ts";
import { applyUpdate, type UpdateCommand } from "../../../src/domain/target-update.ts";
import { micros, nanoseconds } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { InvalidFields } from "../../../src/errors/invalid-fields.ts";
import { sampleSettings, sampleTarget } from "../../support/targets.ts";

const now = micros(5_000_000);
const allow = () => undefined;
const none: UpdateCommand = {
  patch: {},
  interrupt: undefined,
  rotation: undefined,
  etag: "",
};

function update(current: Target, command: Partial<UpdateCommand>, at = now) {
  return applyUpdate(current, { ...none, ...command }, at, allow);
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown;
  }
  throw new Error("nothing was thrown");
}

describe("applyUpdate", () => {
  test("changes what the patch holds and records old and new", () => {
    const current = sampleTarget();
    const { next, fields } = update(current, { patch: { name: "billing", ordered: true } });
    expect(next).toEqual({
      ...current,
      changedAt: now,
      settings: { ...current.settings, name: "billing", ordered: true },
    });
    expect(fields).toEqual([
      { field: "name", old: "orders", new: "billing" },
      { field: "ordered", old: false, new: true },
    ]);
  });

  test("is the same object when every given value equals the current one", () => {
    const current = sampleTarget();
    const { next, fields } = update(current, { patch: { ...current.settings } });
    expect(next).toBe(current);
    expect(fields).toEqual([]);
  });

  test("moves change date and etag forward even when the clock stands still or goes back", () => {
    const current = sampleTarget({ changedAt: micros(9_000_000) });
    const { next } = update(current, { patch: { name: "x" } });
    expect(next.changedAt).toBe(9_000_001);
    expect(etagOf(next)).not.toBe(etagOf(current));
  });

  test("refuses another etag, even for an update that would change nothing", () => {
    const thrown = thrownBy(() => update(sampleTarget(), { etag: "other" }));
    expect(thrown).toMatchObject({ entry: { reason: "ETAG_MISMATCH" } });
  });

  test("takes the current etag", () => {
    const current = sampleTarget();
    const { next } = update(current, { etag: etagOf(current), patch: { name: "x" } });
    expect(next.settings.name).toBe("x");
  });

  test("sets the flag alone on a target of that type", () => {
    const { next } = update(sampleTarget(), {
      interrupt: { kind: "restWebhook", interruptOnError: false },
    });
    expect(next.settings.type).toEqual({ kind: "restWebhook", interruptOnError: false });
  });

  test("refuses the flag alone on a target of another type", () => {
    const thrown = thrownBy(() =>
      update(sampleTarget(), { interrupt: { kind: "restCall", interruptOnError: true } }),
    );
    expect(thrown).toBeInstanceOf(InvalidFields);
  });

  test("tells every mistake that shows only against the current settings", () => {
    const command: UpdateCommand = {
      ...none,
      interrupt: { kind: "restCall", interruptOnError: true },
      patch: { endpoint: "https://example.org/", headers: new Map([["x-new", ""]]) },
    };
    const thrown = thrownBy(() => applyUpdate(sampleTarget(), command, now, () => "is denied"));
    expect(thrown).toMatchObject({
      violations: [{ field: "target_type" }, { field: "endpoint" }, { field: 'headers["x-new"]' }],
    });
  });

  test("asks about an endpoint only when it changes", () => {
    const current = sampleTarget();
    const deny = () => "is on the list";
    const same = { ...none, patch: { endpoint: current.settings.endpoint, name: "x" } };
    expect(applyUpdate(current, same, now, deny).next.settings.name).toBe("x");
    const other = { ...none, patch: { endpoint: "https://example.org/" } };
    expect(thrownBy(() => applyUpdate(current, other, now, deny))).toMatchObject({
      violations: [{ field: "endpoint", kind: "denied" }],
    });
  });
});

describe("headers of an update", () => {
  const current = sampleTarget({
    settings: sampleSettings({
      headers: new Map([
        ["x-a", "1"],
        ["x-b", "2"],
      ]),
    }),
  });

  test("replace all earlier ones, with empty values standing for stored ones", () => {
    const headers = new Map([
      ["x-b", ""],
      ["x-c", "3"],
    ]);
    const { next, fields } = update(current, { patch: { headers } });
    expect([...next.settings.headers]).toEqual([
      ["x-b", "2"],
      ["x-c", "3"],
    ]);
    expect(fields).toEqual([{ field: "headers", old: ["x-a", "x-b"], new: ["x-b", "x-c"] }]);
  });

  test("change nothing when read back and sent again", () => {
    const headers = new Map([
      ["x-a", ""],
      ["x-b", ""],
    ]);
    expect(update(current, { patch: { headers } }).next).toBe(current);
  });

  test("need a value for a new name", () => {
    const headers = new Map([["x-new", ""]]);
    expect(thrownBy(() => update(current, { patch: { headers } }))).toBeInstanceOf(InvalidFields);
  });
});

describe("rotation", () => {
  const key = (n: number) => ({ id: `sk_${n}`, secret: `whsec_${n}` });
  const hour = nanoseconds(3600e9);
  const rotated = (current: Target, n: number, grace = hour, at = now) =>
    update(current, { rotation: { newKey: key(n), grace } }, at).next;

  test("with 0 s ends every earlier key at once", () => {
    const twice = rotated(rotated(sampleTarget(), 1), 2, nanoseconds(0));
    expect(twice.signingKey).toEqual(key(2));
    expect(twice.previousKeys).toEqual([]);
  });

  test("with a grace period keeps the replaced key until its end, oldest first", () => {
    const once = rotated(sampleTarget(), 1);
    const later = micros(now + 1e6);
    const twice = rotated(once, 2, nanoseconds(60e9), later);
    expect(twice.previousKeys).toEqual([
      { id: "sk_first", secret: "whsec_first", expiresAt: now + 3600e6 },
      { ...key(1), expiresAt: later + 60e6 },
    ]);
  });

  test("is recorded by key ids and is never a no-op", () => {
    const { next, fields, current } = update(sampleTarget(), {
      rotation: { newKey: key(1), grace: hour },
    });
    expect(next.changedAt).toBeGreaterThan(current.changedAt);
    expect(fields).toEqual([{ field: "signing_key", old: "sk_first", new: "sk_1" }]);
  });

  test("refuses a sixth valid previous key and names the next end", () => {
    let current = sampleTarget();
    for (let n = 1; n <= 5; n++) current = rotated(current, n);
    const thrown = thrownBy(() => rotated(current, 6));
    expect(thrown).toBeInstanceOf(ApiError);
    expect(thrown).toMatchObject({
      entry: { reason: "TOO_MANY_SIGNING_KEYS" },
      metadata: { next_end: new Date((now + 3600e6) / 1000).toISOString() },
    });
    expect(rotated(current, 6, nanoseconds(0)).previousKeys).toEqual([]);
  });

  test("counts only keys that are still valid", () => {
    let current = sampleTarget();
    for (let n = 1; n <= 5; n++) current = rotated(current, n);
    const after = rotated(current, 6, hour, micros(now + 3600e6));
    expect(after.previousKeys.map((previous) => previous.id)).toEqual(["sk_5"]);
  });
});
