/** The keys with which instances sign JWT payloads: made when first needed, then read at each use. */
import type { Clock } from "../clock.ts";
import {
  defaultKeyAlgorithm,
  firstKey,
  type InstanceKey,
  publishedKeys,
  signingKeyAt,
} from "../domain/instance-key.ts";
import type { InstanceId } from "../domain/units.ts";
import type { InstanceKeyStore } from "../store/instance-key-store.ts";
import type { InstanceStore } from "../store/instance-store.ts";
import { StoreError } from "../store/store.ts";
import { newInstanceKey } from "./new-instance-key.ts";

export interface InstanceKeys {
  /**
   * The key that signs now. Nothing is remembered between two calls, so that a rotation or a
   * revocation acts at once on every replica.
   *
   * @throws StoreError `not-found` when there is no such instance
   */
  signing(instance: InstanceId): Promise<InstanceKey>;

  /**
   * The keys that receivers must know now, oldest first.
   *
   * @throws StoreError `not-found` when there is no such instance
   */
  published(instance: InstanceId): Promise<readonly InstanceKey[]>;
}

export interface InstanceKeysParts {
  readonly store: Pick<
    InstanceKeyStore & InstanceStore,
    "readInstanceKeys" | "changeInstanceKeys" | "instanceExists"
  >;
  readonly clock: Clock;
}

/** How history names who makes first keys. */
const author = "system";

/**
 * Both ways of asking make the first key of an instance, whichever comes first. An empty key set
 * would be wrong: a receiver, or a cache in front of it, may keep it for as long as it is fresh and
 * would refuse the first payload that is signed meanwhile. Anybody can ask for a key set, but has
 * no more made than one key for each instance that exists, and no two at the same time.
 */
export function createInstanceKeys({ store, clock }: InstanceKeysParts): InstanceKeys {
  const making = new Map<InstanceId, Promise<readonly InstanceKey[]>>();
  let last: Promise<unknown> = Promise.resolve();

  async function makeFirst(instance: InstanceId): Promise<readonly InstanceKey[]> {
    const pair = await newInstanceKey(defaultKeyAlgorithm);
    const options = { author, at: clock() };
    const { next } = await store.changeInstanceKeys(
      instance,
      // Another replica may have been faster.
      (keys) => firstKey(keys, pair, options.at),
      options,
    );
    return next;
  }

  function makeInTurn(instance: InstanceId): Promise<readonly InstanceKey[]> {
    const made = last.then(() => makeFirst(instance)).finally(() => making.delete(instance));
    last = made.catch(() => undefined);
    making.set(instance, made);
    return made;
  }

  async function keysOf(instance: InstanceId): Promise<readonly InstanceKey[]> {
    const keys = await store.readInstanceKeys(instance);
    if (keys.length > 0) return keys;
    if (!(await store.instanceExists(instance))) throw notFound();
    return making.get(instance) ?? makeInTurn(instance);
  }

  return {
    async signing(instance) {
      const key = signingKeyAt(await keysOf(instance), clock());
      if (key === undefined) throw notFound();
      return key;
    },
    published: async (instance) => publishedKeys(await keysOf(instance), clock()),
  };
}

function notFound(): StoreError {
  return new StoreError("not-found", "there is no such instance");
}
