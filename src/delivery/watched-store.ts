import type { InstanceId } from "../domain/units.ts";
import type { Store } from "../store/store.ts";

/** Writes that make deliveries, change them or let them go. */
const touching = [
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
] as const satisfies readonly (keyof Store)[];

/** The same store, which tells after each write that may concern deliveries of an instance. */
export function watchedStore(store: Store, touched: (instance: InstanceId) => void): Store {
  const telling = touching.map((name) => {
    const write = store[name] as (...given: [InstanceId, ...unknown[]]) => Promise<unknown>;
    const tell = async (...given: [InstanceId, ...unknown[]]) => {
      const result = await write(...given);
      touched(given[0]);
      return result;
    };
    return [name, tell] as const;
  });
  return { ...store, ...Object.fromEntries(telling) };
}
