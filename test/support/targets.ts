/** Sample targets and fast-check generators for the domain. */
import fc from "fast-check";
import type { Target, TargetKind, TargetSettings } from "../../src/domain/target.ts";
import { micros, nanoseconds, targetId } from "../../src/domain/units.ts";

export function sampleSettings(changes: Partial<TargetSettings> = {}): TargetSettings {
  return {
    name: "orders",
    type: { kind: "restWebhook", interruptOnError: true },
    timeout: nanoseconds(10e9),
    endpoint: "https://example.com/hook",
    payloadType: "json",
    headers: new Map(),
    deliveryPolicy: undefined,
    disabled: false,
    ordered: false,
    ...changes,
  };
}

export function sampleTarget(changes: Partial<Target> = {}): Target {
  return {
    id: targetId("01target"),
    createdAt: micros(1_000_000),
    changedAt: micros(2_000_000),
    settings: sampleSettings(),
    signingKey: { id: "sk_first", secret: "whsec_first" },
    previousKeys: [],
    expiresAt: undefined,
    ...changes,
  };
}

const kind = fc.constantFrom<TargetKind>("restWebhook", "restCall", "restAsync");

/** Any valid settings; header values are never empty. */
export const anySettings: fc.Arbitrary<TargetSettings> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 20 }),
  type: fc
    .record({ kind, interruptOnError: fc.boolean() })
    .map((type) => (type.kind === "restAsync" ? { ...type, interruptOnError: false } : type)),
  timeout: fc.integer({ min: 1, max: 270e9 }).map(nanoseconds),
  endpoint: fc.webUrl(),
  payloadType: fc.constantFrom("json" as const, "jwt" as const, "jwe" as const),
  headers: fc
    .dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.string({ minLength: 1, maxLength: 8 }), {
      maxKeys: 3,
    })
    .map((entries) => new Map(Object.entries(entries))),
  deliveryPolicy: fc.option(
    fc.record({
      retryDelays: fc.array(fc.integer({ min: 0, max: 1e12 }).map(nanoseconds), { maxLength: 3 }),
      clientErrorsFinal: fc.boolean(),
      maxConcurrency: fc.nat(1000),
      maxPerSecond: fc.nat(1000),
    }),
    { nil: undefined },
  ),
  disabled: fc.boolean(),
  ordered: fc.boolean(),
});
