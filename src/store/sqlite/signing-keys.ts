import type Database from "better-sqlite3";
import type { PreviousSigningKey, Target } from "../../domain/target.ts";
import { type InstanceId, type Micros, micros, type TargetId } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { signingKeyPlace } from "../sealed-values.ts";
import { StoreError } from "../store.ts";
import type { SigningKeys } from "./rows.ts";
import { steady } from "./steady.ts";

interface KeyRow {
  readonly keyId: string;
  readonly sealedSecret: Uint8Array;
  readonly expiresAt: number | null;
}

/** The rows of signing_keys. Everything runs inside the caller's transaction. */
export interface SigningKeyTable {
  /** The keys of a target without those that have expired at `now`. */
  read(instance: InstanceId, target: TargetId, now: Micros): SigningKeys;
  insert(instance: InstanceId, target: Target): void;
  /** Writes the keys of `next` where they differ, and deletes what has expired at `at`. */
  replace(instance: InstanceId, current: Target, next: Target, at: Micros): void;
  deleteAll(instance: InstanceId, target: TargetId): void;
}

export function createSigningKeyTable(db: Database.Database, sealer: Sealer): SigningKeyTable {
  const select = db.prepare<[string, string, number], KeyRow>(
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
  const deleteExpired = db.prepare<[string, string, number]>(
    "DELETE FROM signing_keys WHERE instance_id = ? AND target_id = ? AND expires_at <= ?",
  );
  const deleteKeys = db.prepare<[string, string]>(
    "DELETE FROM signing_keys WHERE instance_id = ? AND target_id = ?",
  );

  const insert = (instance: InstanceId, target: Target): void => {
    const keys: readonly (PreviousSigningKey | Target["signingKey"])[] = [
      ...target.previousKeys,
      target.signingKey,
    ];
    keys.forEach((key, position) => {
      const sealed = sealer.seal(key.secret, signingKeyPlace(instance, target.id, key.id));
      const expiresAt = "expiresAt" in key ? key.expiresAt : null;
      add.run(instance, target.id, position, key.id, sealed, expiresAt);
    });
  };

  return {
    read(instance, target, now) {
      const previousKeys: PreviousSigningKey[] = [];
      for (const row of select.all(instance, target, now)) {
        const place = signingKeyPlace(instance, target, row.keyId);
        const key = { id: row.keyId, secret: sealer.open(row.sealedSecret, place).toString() };
        if (row.expiresAt === null) return { signingKey: key, previousKeys };
        previousKeys.push({ ...key, expiresAt: micros(row.expiresAt) });
      }
      throw new StoreError("broken", "a target has no signing key");
    },

    insert,

    replace(instance, current, next, at) {
      if (sameKeys(current, next)) {
        deleteExpired.run(instance, next.id, at);
        return;
      }
      deleteKeys.run(instance, next.id);
      insert(instance, next);
    },

    deleteAll: (instance, target) => void deleteKeys.run(instance, target),
  };
}

function sameKeys(a: SigningKeys, b: SigningKeys): boolean {
  if (a.signingKey === b.signingKey && a.previousKeys === b.previousKeys) return true;
  return (
    a.signingKey.id === b.signingKey.id &&
    a.signingKey.secret === b.signingKey.secret &&
    a.previousKeys.length === b.previousKeys.length &&
    a.previousKeys.every((key, index) => samePrevious(key, b.previousKeys[index]))
  );
}

function samePrevious(a: PreviousSigningKey, b: PreviousSigningKey | undefined): boolean {
  return a.id === b?.id && a.secret === b.secret && a.expiresAt === b.expiresAt;
}
