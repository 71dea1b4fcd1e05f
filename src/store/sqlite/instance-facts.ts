import { BoundedCache } from "../../bounded-cache.ts";
import type { InstanceId } from "../../domain/units.ts";
import type { Undoing } from "./group-commit.ts";

/** Instances about which a fact is kept; others are asked about again. */
const kept = 1000;

/** Something that is true of an instance. */
export interface InstanceFact<V> {
  of(instance: InstanceId): V;
  /** To be called by who has just written what makes it so. */
  set(instance: InstanceId, value: V): void;
  /** To be called by who writes what may make it untrue. */
  forget(instance: InstanceId): void;
}

/**
 * Keeps in memory what nearly every call asks about its instance, until it is written or a write is undone:
 * nobody else writes to the database.
 *
 * @param read asks the database
 */
export function keepFact<V>(commits: Undoing, read: (instance: InstanceId) => V): InstanceFact<V> {
  const facts = new BoundedCache<V>(kept);
  commits.whenUndone(() => facts.clear());
  return {
    of: (instance) => facts.get(instance, () => read(instance)),
    set: (instance, value) => facts.set(instance, value),
    forget: (instance) => facts.delete(instance),
  };
}
