/** The part of the storage contract that keeps public keys; see store.ts for the rules of all. */
import type { PublicKey } from "../domain/public-key.ts";
import type { FieldChange } from "../domain/target.ts";
import type { InstanceId, TargetId } from "../domain/units.ts";
import type { WriteOptions, Written } from "./store.ts";

/** What a command decided to do with the keys of a target. */
export interface PublicKeysChange {
  /** The keys from now on; the same array as the current one means: write nothing. */
  readonly next: readonly PublicKey[];
  /** What history keeps. */
  readonly fields: readonly FieldChange[];
}

export interface PublicKeyStore {
  /**
   * Reads the keys of a target, oldest first by creation and id, lets `change` decide, and writes
   * what it returned, as one action. Looks up a replay first. Writes a change "changed" of the
   * target exactly when `next` is not the current array; the target itself, its change date
   * included, stays as it is.
   *
   * Rejects: `not-found` when there is no such target, `request-id-reused`; `broken` when `next` has
   * two active keys, which no caller should let happen.
   */
  changePublicKeys<C extends PublicKeysChange>(
    instance: InstanceId,
    target: TargetId,
    change: (keys: readonly PublicKey[]) => C,
    options: WriteOptions<C>,
  ): Promise<Written<C>>;

  /** The keys of a target, oldest first, expired ones included; none when there is no such target. */
  readPublicKeys(instance: InstanceId, target: TargetId): Promise<readonly PublicKey[]>;
}
