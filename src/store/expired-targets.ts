/** Deletes the temporary targets whose time is up, whatever the store. */
import { ownAuthor, type Target } from "../domain/target.ts";
import type { Micros } from "../domain/units.ts";
import type { Store } from "./store.ts";

/** Most temporary targets that are looked for at a time. */
export const expiredAtOnce = 100;

/**
 * Deletes the temporary targets that are to be deleted at `now`, up to {@link expiredAtOnce} of them, as
 * by DeleteTarget of the server. Several processes may do so at the same time: each target is deleted,
 * and stands in the history, once.
 *
 * @returns how many this call has deleted
 * @throws the first error, when all others are deleted: one that is damaged must not be in their way
 */
export async function deleteExpiredTargets(
  store: Pick<Store, "expiredTargets" | "deleteTarget">,
  now: Micros,
): Promise<number> {
  const by = { author: ownAuthor, at: now };
  const failures: unknown[] = [];
  let deleted = 0;
  for (const { instance, id } of await store.expiredTargets(now)) {
    let isHere = false;
    const check = ({ expiresAt }: Target) => {
      if (expiresAt === undefined || expiresAt > now) throw new Renewed();
      isHere = true;
    };
    await store.deleteTarget(instance, id, check, by).catch((thrown: unknown) => {
      isHere = false;
      if (!(thrown instanceof Renewed)) failures.push(thrown);
    });
    if (isHere) deleted++;
  }
  if (failures.length > 0) throw failures[0];
  return deleted;
}

/** Somebody renewed the target after it was found. */
class Renewed extends Error {}
