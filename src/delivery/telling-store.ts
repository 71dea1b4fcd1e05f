import type { InstanceId } from "../domain/units.ts";
import type { Store } from "../store/store.ts";
import type { DeliveryChanges } from "./changes.ts";
import { wakingWrites } from "./waking-store.ts";

type FinishAttempt = Store["finishAttempt"];

/** The same store, which tells of each write that may have changed deliveries once it is committed. */
export function tellingStore(store: Store, { notify }: Pick<DeliveryChanges, "notify">): Store {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      const instanceOf = readers.get(name) ?? (wakingWrites.has(name) ? first : undefined);
      if (instanceOf === undefined) return member;
      return async (...given: unknown[]) => {
        const result: unknown = await Reflect.apply(member, target, given);
        notify(instanceOf(given));
        return result;
      };
    },
  });
}

type ReadInstance = (given: readonly unknown[]) => InstanceId;

const first: ReadInstance = ([instance]) => instance as InstanceId;

/** Where the instance is not the first argument. */
const readers: ReadonlyMap<string | symbol, ReadInstance> = new Map<keyof Store, ReadInstance>([
  ["finishAttempt", (given) => (given as Parameters<FinishAttempt>)[0].delivery.instance],
]);
