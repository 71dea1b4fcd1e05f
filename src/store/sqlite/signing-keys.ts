import type Database from "better-sqlite3";
import type { Target } from "../../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import {
  type SigningKeyRow,
  sameKeys,
  toSigningKeyRows,
  toSigningKeys,
} from "../rows/signing-keys.ts";
import type { SigningKeys } from "../rows/targets.ts";
import type { Sealer } from "../seal.ts";
import { steady } from "./steady.ts";

/** The rows of signing_keys. Everything runs inside the caller's transaction. */
export interface SigningKeyTable {
  /** The keys of a target without those that have expired at `now`. */
  read(instance: InstanceId, target: TargetId, now: Micros): SigningKeys;
  insert(instance: InstanceId, target: Target): void;
  /** @param current with all the keys that are stored, expired ones too */
  replace(instance: InstanceId, current: SigningKeys, next: Target): void;
  deleteAll(instance: InstanceId, target: TargetId): void;
}

export function createSigningKeyTable(db: Database.Database, sealer: Sealer): SigningKeyTable {
  const select = db.prepare<[string, string, number], SigningKeyRow>(
    steady(`SELECT key_id AS keyId, sealed_secret AS sealedSecret, expires_at AS expiresAt
      FROM signing_keys
      WHERE instance_id = ? AND target_id = ? AND (expires_at IS NULL OR expires_at > ?)
      ORDER BY position`),
  );
  const add = db.prepare<[string, string, number, string, Uint8Array, number | null]>(
    `INSERT INTO signing_keys
       (instance_id, target_id, position, key_id, sealed_secret, expires_at)
     VALUES (?, ?, ?, ?, ?, ?)`,
  );
  const deleteKeys = db.prepare<[string, string]>(
    "DELETE FROM signing_keys WHERE instance_id = ? AND target_id = ?",
  );

  const insert = (instance: InstanceId, target: Target): void => {
    toSigningKeyRows(sealer, instance, target).forEach((row, position) => {
      const { keyId, sealedSecret, expiresAt } = row;
      add.run(instance, target.id, position, keyId, sealedSecret, expiresAt);
    });
  };

  return {
    read: (instance, target, now) =>
      toSigningKeys(sealer, instance, target, select.all(instance, target, now)),

    insert,

    replace(instance, current, next) {
      if (sameKeys(current, next)) return;
      deleteKeys.run(instance, next.id);
      insert(instance, next);
    },

    deleteAll: (instance, target) => void deleteKeys.run(instance, target),
  };
}
