import type Database from "better-sqlite3";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { openAnswer, type ReplayKey, type StoredAnswer, sealAnswer } from "../sealed-values.ts";
import type { Replay } from "../store.ts";

/** The remembered answers. Everything runs inside the transaction of the write they belong to. */
export interface ReplayTable {
  /**
   * The answer that is remembered at `at`, if any.
   *
   * @throws StoreError `request-id-reused`
   */
  find(
    instance: InstanceId,
    replay: ReplayKey & { readonly fingerprint: Uint8Array },
    at: Micros,
  ): Uint8Array | undefined;
  /** Remembers the answer for `result`, in place of one that has run out. */
  remember<T>(instance: InstanceId, replay: Replay<T>, result: T): void;
}

export function createReplayTable(db: Database.Database, sealer: Sealer): ReplayTable {
  const select = db.prepare<[string, string, string, string, number], StoredAnswer>(
    `SELECT fingerprint, sealed_answer AS sealedAnswer FROM replays
     WHERE instance_id = ? AND caller = ? AND method = ? AND request_id = ? AND keep_until > ?`,
  );
  const put = db.prepare<[string, string, string, string, Uint8Array, Uint8Array, number]>(
    `INSERT OR REPLACE INTO replays
       (instance_id, caller, method, request_id, fingerprint, sealed_answer, keep_until)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    find(instance, replay, at) {
      const { caller, method, requestId } = replay;
      const row = select.get(instance, caller, method, requestId, at);
      return row && openAnswer(sealer, instance, replay, row);
    },

    remember(instance, replay, result) {
      const { caller, method, requestId, keepUntil } = replay;
      const { fingerprint, sealedAnswer } = sealAnswer(sealer, instance, replay, result);
      put.run(instance, caller, method, requestId, fingerprint, sealedAnswer, keepUntil);
    },
  };
}
