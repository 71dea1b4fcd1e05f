import type Database from "better-sqlite3";
import type { PublicKey } from "../../domain/public-key.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { changedItems } from "../changed-items.ts";
import { type PublicKeyRow, toPublicKey, toPublicKeyRow } from "../rows/public-keys.ts";
import { type WithNumbers, withNumbers } from "../rows/values.ts";
import { steady } from "./steady.ts";

type Owned<Row> = Row & { readonly instance: InstanceId; readonly target: TargetId };

const columns = `id, pem, fingerprint, active, expires_at AS expiresAt, created_at AS createdAt,
  changed_at AS changedAt`;

/** The rows of public_keys. Everything runs inside the caller's transaction. */
export interface PublicKeyTable {
  /** The keys of a target, oldest first. */
  read(instance: InstanceId, target: TargetId): readonly PublicKey[];
  /** The active key of a target unless it has expired at `now`. */
  active(instance: InstanceId, target: TargetId, now: Micros): PublicKey | undefined;
  /** Writes the keys of `next` that are other objects than those of `current`. */
  replace(
    instance: InstanceId,
    target: TargetId,
    current: readonly PublicKey[],
    next: readonly PublicKey[],
  ): void;
  deleteAll(instance: InstanceId, target: TargetId): void;
}

export function createPublicKeyTable(db: Database.Database): PublicKeyTable {
  const select = db.prepare<[string, string], PublicKeyRow>(
    steady(`SELECT ${columns} FROM public_keys WHERE instance_id = ? AND target_id = ?
      ORDER BY created_at, id`),
  );
  const selectActive = db.prepare<[string, string, number], PublicKeyRow>(
    `SELECT ${columns} FROM public_keys
     WHERE instance_id = ? AND target_id = ? AND active = 1
       AND (expires_at IS NULL OR expires_at > ?)`,
  );
  const insert = db.prepare<[Owned<WithNumbers<PublicKeyRow>>]>(
    `INSERT INTO public_keys (instance_id, target_id, id, pem, fingerprint, active, expires_at,
       created_at, changed_at)
     VALUES (@instance, @target, @id, @pem, @fingerprint, @active, @expiresAt, @createdAt,
       @changedAt)`,
  );
  const remove = db.prepare<[string, string, string]>(
    "DELETE FROM public_keys WHERE instance_id = ? AND target_id = ? AND id = ?",
  );
  const removeAll = db.prepare<[string, string]>(
    "DELETE FROM public_keys WHERE instance_id = ? AND target_id = ?",
  );
  return {
    read: (instance, target) => select.all(instance, target).map(toPublicKey),

    active(instance, target, now) {
      const row = selectActive.get(instance, target, now);
      return row && toPublicKey(row);
    },

    replace(instance, target, current, next) {
      const { gone, added } = changedItems(current, next);
      for (const { id } of gone) remove.run(instance, target, id);
      for (const key of added)
        insert.run({ ...withNumbers(toPublicKeyRow(key)), instance, target });
    },

    deleteAll: (instance, target) => void removeAll.run(instance, target),
  };
}
