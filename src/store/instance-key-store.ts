/** The part of the storage contract that keeps the keys of instances; see store.ts for the rules of all. */
import type { InstanceKey } from "../domain/instance-key.ts";
import type { FieldChange } from "../domain/target.ts";
import type { InstanceId } from "../domain/units.ts";
import type { Authorship } from "./store.ts";

/** What a command decided to do with the keys of an instance. */
export interface InstanceKeysChange {
  /** The keys from now on; the same array as the current one means: write nothing. */
  readonly next: readonly InstanceKey[];
  /** What history keeps. */
  readonly fields: readonly FieldChange[];
}

/** Private keys are sealed at rest. Keys of a deleted instance are gone. */
export interface InstanceKeyStore {
  /**
   * Reads the keys of an instance, oldest first by `signsFrom` and id, lets `change` decide, and
   * writes what it returned, as one action. Writes a change "changed" of the instance, in its own
   * audit, exactly when `next` is not the current array.
   *
   * Resolves with what `change` returned. Rejects: `not-found` when the instance does not exist or
   * is deleted.
   */
  changeInstanceKeys<C extends InstanceKeysChange>(
    instance: InstanceId,
    change: (keys: readonly InstanceKey[]) => C,
    options: Authorship,
  ): Promise<C>;

  /** The keys of an instance, oldest first; none when there is no such instance. */
  readInstanceKeys(instance: InstanceId): Promise<readonly InstanceKey[]>;
}
