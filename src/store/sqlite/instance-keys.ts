import type Database from "better-sqlite3";
import type { InstanceKey } from "../../domain/instance-key.ts";
import type { InstanceId } from "../../domain/units.ts";
import { changedItems } from "../changed-items.ts";
import { type InstanceKeyRow, toInstanceKey, toInstanceKeyRow } from "../rows/instance-keys.ts";
import type { Sealer } from "../seal.ts";
import { steady } from "./steady.ts";

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

  return {
    read: (instance) => select.all(instance).map((row) => toInstanceKey(sealer, instance, row)),

    replace(instance, current, next) {
      const { gone, added } = changedItems(current, next);
      for (const { id } of gone) remove.run(instance, id);
      for (const key of added) insert.run({ ...toInstanceKeyRow(sealer, instance, key), instance });
    },
  };
}
