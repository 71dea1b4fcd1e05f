/** What has to happen with the public keys. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { PublicKey } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { readSpki } from "../../domain/spki.ts";
import type { Action, KeyStep, TargetStep } from "./plan.ts";
import type { Inventory } from "./read.ts";

export interface KeyPlanOptions {
  readonly update: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A key is known by its fingerprint, because it gets a new id where it is brought to. */
export function planKeys(
  targets: readonly TargetStep[],
  source: Inventory,
  existing: Inventory,
  options: KeyPlanOptions,
): readonly KeyStep[] {
  return targets
    .filter(({ action }) => action !== "conflict")
    .flatMap((target) => {
      const there = target.existing && existing.keys.get(target.existing.id);
      const keys = source.keys.get(target.source.id) ?? [];
      return keys.map((key) => planKey(target, key, there ?? [], options));
    });
}

function planKey(
  target: TargetStep,
  source: PublicKey,
  there: readonly PublicKey[],
  { update, now }: KeyPlanOptions,
): KeyStep {
  const { fingerprint = "", problem } = readSpki(source.publicKey);
  const existing = there.find((key) => fingerprint !== "" && key.fingerprint === fingerprint);
  const step = { kind: "public key", target, source, fingerprint, existing } as const;
  if (problem !== undefined) return { ...step, action: "conflict", note: `it ${problem}` };
  if (hasExpired(source, now)) return { ...step, action: "expired", note: "" };
  const other = there.find(({ active }) => active);
  const taken = source.active && other !== undefined && other !== existing && !update;
  if (existing !== undefined && source.active === existing.active) {
    return { ...step, action: "unchanged", note: "" };
  }
  if (target.action === "differs")
    return { ...step, action: "conflict", note: "its target differs" };
  const action: Action = existing === undefined ? "create" : "activate";
  if (taken) return { ...step, action: "differs", note: `in use is the key ${other.keyId}` };
  if (action === "activate" && !source.active) {
    return { ...step, action: "differs", note: "in use, and at the source no longer" };
  }
  return { ...step, action, note: source.active ? "in use" : "" };
}

function hasExpired({ expirationDate }: PublicKey, now: number): boolean {
  return expirationDate !== undefined && timestampMs(expirationDate) <= now;
}
