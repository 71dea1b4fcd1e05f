/** Rows of public keys and the domain's keys, one into the other. */
import type { PublicKey } from "../../domain/public-key.ts";
import { micros } from "../../domain/units.ts";
import { type Flag, optionalMicros } from "./values.ts";

/** A row of public_keys without the key's owner. */
export interface PublicKeyRow extends Omit<PublicKey, "active" | "expiresAt"> {
  readonly active: Flag;
  readonly expiresAt: number | null;
}

export function toPublicKeyRow({ expiresAt, ...key }: PublicKey): PublicKeyRow {
  return { ...key, expiresAt: expiresAt ?? null };
}

export function toPublicKey({
  active,
  expiresAt,
  createdAt,
  changedAt,
  ...row
}: PublicKeyRow): PublicKey {
  return {
    ...row,
    active: Boolean(active),
    expiresAt: optionalMicros(expiresAt),
    createdAt: micros(createdAt),
    changedAt: micros(changedAt),
  };
}
