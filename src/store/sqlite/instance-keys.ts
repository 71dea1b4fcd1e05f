import type Database from "better-sqlite3";
import type { InstanceKey } from "../../domain/instance-key.ts";
import { type InstanceId, micros } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { instanceKeyPlace } from "../sealed-values.ts";
import { changedItems } from "./changed-items.ts";
import { optionalMicros } from "./rows.ts";
import { steady } from "./steady.ts";

interface InstanceKeyRow {
  readonly id: string;
  readonly algorithm: InstanceKey["algorithm"];
  readonly sealedPrivateKey: Uint8Array;
  /** JSON of a JWK. */
  readonly publicJwk: string;
  readonly createdAt: number;
  readonly signsFrom: number;
  readonly publishedUntil: number | null;
}

/** The rows of instance_keys. Everything runs inside the caller's transaction. */
export interface InstanceKeyTable {
  /** The keys of an instance, oldest first. */
  read(instance: InstanceId): readonly InstanceKey[];
  /** Writes the keys of `next` that are other objects than those of `current`. */
  replace(
    instance: InstanceId,
    current: readonly InstanceKey[],
    next: readonly InstanceKey[],
  ): void;
}

export function createInstanceKeyTable(db: Database.Database, sealer: Sealer): InstanceKeyTable {
  const select = db.prepare<[string], InstanceKeyRow>(
    steady(`SELECT id, algorithm, sealed_private_key AS sealedPrivateKey, public_jwk AS publicJwk,
       created_at AS createdAt, signs_from AS signsFrom, published_until AS publishedUntil
     FROM instance_keys WHERE instance_id = ? ORDER BY signs_from, id`),
  );
  const insert = db.prepare<[InstanceKeyRow & { readonly instance: InstanceId }]>(
    `INSERT INTO instance_keys (instance_id, id, algorithm, sealed_private_key, public_jwk,
       created_at, signs_from, published_until)
     VALUES (@instance, @id, @algorithm, @sealedPrivateKey, @publicJwk, @createdAt, @signsFrom,
       @publishedUntil)`,
  );
  const remove = db.prepare<[string, string]>(
    "DELETE FROM instance_keys WHERE instance_id = ? AND id = ?",
  );

  const toKey = (instance: InstanceId, row: InstanceKeyRow): InstanceKey => ({
    id: row.id,
    algorithm: row.algorithm,
    privateKey: sealer.open(row.sealedPrivateKey, instanceKeyPlace(instance, row.id)).toString(),
    publicJwk: JSON.parse(row.publicJwk) as Record<string, string>,
    createdAt: micros(row.createdAt),
    signsFrom: micros(row.signsFrom),
    publishedUntil: optionalMicros(row.publishedUntil),
  });
  const toRow = (instance: InstanceId, key: InstanceKey): InstanceKeyRow => ({
    id: key.id,
    algorithm: key.algorithm,
    sealedPrivateKey: sealer.seal(key.privateKey, instanceKeyPlace(instance, key.id)),
    publicJwk: JSON.stringify(key.publicJwk),
    createdAt: key.createdAt,
    signsFrom: key.signsFrom,
    publishedUntil: key.publishedUntil ?? null,
  });
  return {
    read: (instance) => select.all(instance).map((row) => toKey(instance, row)),

    replace(instance, current, next) {
      const { gone, added } = changedItems(current, next);
      for (const { id } of gone) remove.run(instance, id);
      for (const key of added) insert.run({ ...toRow(instance, key), instance });
    },
  };
}
