import type { InstanceId } from "../domain/units.ts";
import type { Store } from "../store/store.ts";

/** Writes that make deliveries, change them or let them go. */
const touching: ReadonlySet<string | symbol> = new Set<keyof Store>([
  "publishEvents",
  "enqueue",
  "replayDeliveries",
  "retryDelivery",
  "cancelDelivery",
  // Changes of these are events, and a target that is enabled again has a backlog.
  "createTarget",
  "updateTarget",
  "deleteTarget",
  "setExecution",
  "setFeature",
]);

/** The same store, which tells after each write that may concern deliveries of an instance. */
export function watchedStore(store: Store, touched: (instance: InstanceId) => void): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function" || !touching.has(name)) return member;
      return async (...given: [InstanceId, ...unknown[]]) => {
        const result: unknown = await Reflect.apply(member, target, given);
        touched(given[0]);
        return result;
      };
    },
  });
}
