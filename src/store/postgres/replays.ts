/** The remembered answers. */
import type { InstanceId, Micros } from "../../domain/units.ts";
import type { Sealer } from "../seal.ts";
import { openAnswer, type StoredAnswer, sealAnswer } from "../sealed-values.ts";
import type { Replay } from "../store.ts";
import type { Transaction } from "./session.ts";

/**
 * Takes the place of an answer, and resolves with the one that is remembered at `at`, if any. Twins wait
 * here for each other: the row is locked to the end of the transaction, and is not there if that fails.
 *
 * @throws StoreError `request-id-reused`; SealError
 */
export async function takeAnswer<T>(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  { replay, at }: { readonly replay: Replay<T>; readonly at: Micros },
): Promise<Uint8Array | undefined> {
  const { caller, method, requestId } = replay;
  const row = await transaction.row<StoredAnswer & { keepUntil: number }>(
    `INSERT INTO replays AS kept (instance_id, caller, method, request_id, fingerprint,
       sealed_answer, keep_until)
     VALUES ($1, $2, $3, $4, '', '', 0)
     ON CONFLICT (instance_id, caller, method, request_id)
       DO UPDATE SET keep_until = kept.keep_until
     RETURNING fingerprint, sealed_answer AS "sealedAnswer", keep_until AS "keepUntil"`,
    [instance, caller, method, requestId],
  );
  if (row === undefined || row.keepUntil <= at) return undefined;
  return openAnswer(sealer, instance, replay, row);
}

/** Remembers the answer for `result` in the place that was taken. */
export function rememberAnswer<T>(
  transaction: Transaction,
  sealer: Sealer,
  instance: InstanceId,
  { replay, result }: { readonly replay: Replay<T>; readonly result: T },
): void {
  const { caller, method, requestId, keepUntil } = replay;
  const { fingerprint, sealedAnswer } = sealAnswer(sealer, instance, replay, result);
  transaction.send(
    `UPDATE replays SET fingerprint = $5, sealed_answer = $6, keep_until = $7
     WHERE instance_id = $1 AND caller = $2 AND method = $3 AND request_id = $4`,
    [instance, caller, method, requestId, fingerprint, sealedAnswer, keepUntil],
  );
}
