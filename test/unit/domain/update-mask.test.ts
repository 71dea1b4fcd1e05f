import { describe, expect, test } from "vitest";
import type { TargetKind } from "../../../src/domain/target.ts";
import { readMask, type SomeSettings, select } from "../../../src/domain/update-mask.ts";

interface Row {
  readonly paths: string[];
  readonly kind?: TargetKind;
  readonly rotates?: boolean;
  /** Names of the selected settings, or of the fields in the violations. */
  readonly fields?: string[];
  readonly interruptOf?: TargetKind;
  readonly mistakes?: string[];
}

const everything = [
  "name",
  "timeout",
  "endpoint",
  "payloadType",
  "headers",
  "deliveryPolicy",
  "disabled",
  "ordered",
  "type",
];

const rows: Row[] = [
  { paths: ["name"], fields: ["name"] },
  { paths: ["name", "name"], fields: ["name"] },
  { paths: ["payload_type", "timeout"], fields: ["timeout", "payloadType"] },
  { paths: ["id", "creation_date", "change_date", "etag", "signing_key"], fields: [] },
  {
    paths: ["previous_signing_keys", "signing_key_id", "expiration_date", "endpoint"],
    fields: ["endpoint"],
  },
  { paths: ["creation_date.seconds", "previous_signing_keys.key_id"], fields: [] },
  { paths: ["previous_signing_keys.key_1"], mistakes: ["update_mask"] },
  { paths: ["creation_date.Seconds"], mistakes: ["update_mask"] },
  { paths: ["nonsense"], mistakes: ["update_mask"] },
  { paths: ["__proto__"], mistakes: ["update_mask"] },
  { paths: ["constructor"], mistakes: ["update_mask"] },
  { paths: [""], mistakes: ["update_mask"] },
  { paths: ["payloadType"], mistakes: ["update_mask"] },
  { paths: ["headers[0]"], mistakes: ["update_mask"] },
  { paths: ["headers.x"], mistakes: ["update_mask"] },
  { paths: ["delivery_policy.max_concurrency"], mistakes: ["update_mask"] },
  { paths: ["rest_async.interrupt_on_error"], mistakes: ["update_mask"] },
  { paths: ["validate_only"], mistakes: ["update_mask"] },
  { paths: ["a", "b"], mistakes: ["update_mask", "update_mask"] },
  { paths: Array(100).fill("name"), fields: ["name"] },
  { paths: Array(101).fill("name"), mistakes: ["update_mask"] },
  { paths: Array.from({ length: 10_000 }, (_, i) => `x${i}`), mistakes: ["update_mask"] },
  { paths: ["expiration_signing_key"], mistakes: ["update_mask"] },
  { paths: ["expiration_signing_key"], rotates: true, fields: [] },
  // One member of the type, and only the one that is set.
  { paths: ["rest_webhook"], kind: "restWebhook", fields: ["type"] },
  { paths: ["rest_call"], kind: "restCall", fields: ["type"] },
  { paths: ["rest_async"], kind: "restAsync", fields: ["type"] },
  { paths: ["rest_webhook"], kind: "restCall", mistakes: ["target_type"] },
  { paths: ["rest_webhook", "rest_call"], kind: "restCall", mistakes: ["target_type"] },
  { paths: ["rest_webhook", "rest_call"], mistakes: ["target_type"] },
  { paths: ["rest_webhook"], fields: ["type"] },
  { paths: ["target_type"], kind: "restAsync", fields: ["type"] },
  { paths: ["target_type"], mistakes: ["target_type"] },
  { paths: ["target_type", "rest_call"], kind: "restCall", fields: ["type"] },
  { paths: ["target_type", "rest_call"], kind: "restAsync", mistakes: ["target_type"] },
  // A child under a named parent is dropped.
  {
    paths: ["rest_webhook.interrupt_on_error", "rest_webhook"],
    kind: "restWebhook",
    fields: ["type"],
  },
  { paths: ["target_type", "rest_call.interrupt_on_error"], kind: "restCall", fields: ["type"] },
  {
    paths: ["rest_webhook.interrupt_on_error"],
    kind: "restWebhook",
    fields: [],
    interruptOf: "restWebhook",
  },
  { paths: ["rest_call.interrupt_on_error"], fields: [], interruptOf: "restCall" },
  { paths: ["rest_call.interrupt_on_error"], kind: "restWebhook", mistakes: ["target_type"] },
  {
    paths: ["rest_webhook.interrupt_on_error", "rest_call.interrupt_on_error"],
    mistakes: ["target_type"],
  },
  { paths: ["rest_webhook", "rest_call.interrupt_on_error"], mistakes: ["target_type"] },
  { paths: ["*"], kind: "restCall", fields: everything },
  { paths: ["*", "name"], kind: "restCall", fields: everything },
  { paths: ["*"], mistakes: ["target_type"] },
  { paths: ["*", "rest_webhook"], kind: "restCall", mistakes: ["target_type"] },
  { paths: ["*", "nonsense"], kind: "restCall", mistakes: ["update_mask"] },
];

describe("readMask", () => {
  test.each(rows)("reads $paths with $kind set", (row) => {
    const { selection, violations } = readMask(row.paths, {
      kind: row.kind,
      rotates: row.rotates ?? false,
    });
    expect(violations.map((violation) => violation.field)).toEqual(row.mistakes ?? []);
    if (row.mistakes !== undefined) return;
    expect([...selection.fields].sort()).toEqual([...(row.fields ?? [])].sort());
    expect(selection.interruptOf).toBe(row.interruptOf);
  });
});

describe("select", () => {
  const of = (...fields: (keyof SomeSettings)[]) => ({
    fields: new Set(fields),
    interruptOf: undefined,
  });

  test("takes what is named and given, and nothing else", () => {
    const { patch } = select({ name: "a", endpoint: "http://b" }, of("name"));
    expect(patch).toEqual({ name: "a" });
  });

  test.each(["name", "endpoint", "timeout", "type"] as const)("cannot clear %s", (field) => {
    const { violations } = select({}, of(field));
    expect(violations).toHaveLength(1);
  });

  test("sends what can be cleared to its default", () => {
    const fields = of("payloadType", "headers", "deliveryPolicy", "disabled", "ordered");
    expect(select({}, fields)).toEqual({
      patch: {
        payloadType: "json",
        headers: new Map(),
        deliveryPolicy: undefined,
        disabled: false,
        ordered: false,
      },
      interrupt: undefined,
      violations: [],
    });
  });

  test("clears a flag that is named alone and absent", () => {
    const { interrupt } = select({}, { fields: new Set(), interruptOf: "restCall" });
    expect(interrupt).toEqual({ kind: "restCall", interruptOnError: false });
  });
});
