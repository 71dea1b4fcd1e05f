/** Tells within this process that deliveries of an instance have changed. */
import type { InstanceId } from "../domain/units.ts";

export interface DeliveryChanges {
  /** To be called after the commit. */
  notify(instance: InstanceId): void;
  /**
   * Calls the listener after every notification about the instance; it must not throw.
   *
   * @returns ends that
   */
  onChange(instance: InstanceId, listener: () => void): () => void;
}

export function createDeliveryChanges(): DeliveryChanges {
  const listeners = new Map<InstanceId, Set<() => void>>();
  return {
    notify(instance) {
      for (const listener of listeners.get(instance) ?? []) listener();
    },
    onChange(instance, listener) {
      const own = listeners.get(instance) ?? new Set();
      listeners.set(instance, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(instance) === own) listeners.delete(instance);
      };
    },
  };
}
