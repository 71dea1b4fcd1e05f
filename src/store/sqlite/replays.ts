import type Database from "better-sqlite3";
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { answerPlace, openFingerprint, type ReplayKey, sealFingerprint } from "../sealed-values.ts";
import { type Replay, StoreError } from "../store.ts";

interface ReplayRow {
  /** Sealed, unless an older version wrote the row. */
  readonly fingerprint: Buffer;
  readonly sealedAnswer: Buffer;
}

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
  const select = db.prepare<[string, string, string, string, number], ReplayRow>(
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
      if (row === undefined) return undefined;
      const fingerprint = openFingerprint(sealer, instance, replay, row.fingerprint);
      if (!fingerprint.equals(replay.fingerprint)) {
        throw new StoreError("request-id-reused", "the request id was used with other content");
      }
      return sealer.open(row.sealedAnswer, answerPlace(instance, replay));
    },

    remember(instance, replay, result) {
      const { caller, method, requestId, keepUntil } = replay;
      const fingerprint = sealFingerprint(sealer, instance, replay, replay.fingerprint);
      const answer = sealer.seal(replay.encode(result), answerPlace(instance, replay));
      put.run(instance, caller, method, requestId, fingerprint, answer, keepUntil);
    },
  };
}
