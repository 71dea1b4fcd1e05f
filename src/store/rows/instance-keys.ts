/** Rows of the keys of instances and the domain's keys, one into the other. */
import type { InstanceKey } from "../../domain/instance-key.ts";
import { type InstanceId, micros } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { instanceKeyPlace } from "../sealed-values.ts";
import { optionalMicros } from "./values.ts";

/** A row of instance_keys without the instance. */
export interface InstanceKeyRow {
  readonly id: string;
  readonly algorithm: InstanceKey["algorithm"];
  readonly sealedPrivateKey: Uint8Array;
  /** JSON of a JWK. */
  readonly publicJwk: string;
  readonly createdAt: number;
  readonly signsFrom: number;
  readonly publishedUntil: number | null;
}

/** @throws SealError */
export function toInstanceKey(
  sealer: Sealer,
  instance: InstanceId,
  row: InstanceKeyRow,
): InstanceKey {
  return {
    id: row.id,
    algorithm: row.algorithm,
    privateKey: sealer.open(row.sealedPrivateKey, instanceKeyPlace(instance, row.id)).toString(),
    publicJwk: JSON.parse(row.publicJwk) as Record<string, string>,
    createdAt: micros(row.createdAt),
    signsFrom: micros(row.signsFrom),
    publishedUntil: optionalMicros(row.publishedUntil),
  };
}

export function toInstanceKeyRow(
  sealer: Sealer,
  instance: InstanceId,
  key: InstanceKey,
): InstanceKeyRow {
  return {
    id: key.id,
    algorithm: key.algorithm,
    sealedPrivateKey: sealer.seal(key.privateKey, instanceKeyPlace(instance, key.id)),
    publicJwk: JSON.stringify(key.publicJwk),
    createdAt: key.createdAt,
    signsFrom: key.signsFrom,
    publishedUntil: key.publishedUntil ?? null,
  };
}
