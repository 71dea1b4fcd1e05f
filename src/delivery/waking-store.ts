import type { Store } from "../store/store.ts";

/** Writes after which a delivery may be due that was not before. */
export const wakingWrites: ReadonlySet<string | symbol> = new Set<keyof Store>([
  "publishEvents",
  "enqueue",
  "retryDelivery",
  "replayDeliveries",
  "cancelDelivery",
  // Changes of these are events, and a target that is enabled again has a backlog.
  "createTarget",
  "updateTarget",
  "deleteTarget",
  "setExecution",
  "setFeature",
]);

/** The same store, which calls `wake` after each write that may be of interest to the worker. */
export function wakingStore(store: Store, wake: () => void): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || !wakingWrites.has(name)) return member;
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, given);
        wake();
        return result;
      };
    },
  });
}
