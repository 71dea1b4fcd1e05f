import { afterEach, beforeEach } from "vitest";
import type { InstanceId, Micros, TargetId } from "../../../src/domain/units.ts";
import type { Store } from "../../../src/store/store.ts";

export interface OpenOptions {
  readonly masterKey?: Uint8Array;
  readonly at?: Micros;
}

/** One database of the store under test. */
export interface StoreHarness {
  /** Whether nobody else can have the database open at the same time. */
  readonly isExclusive: boolean;
  /**
   * Opens the database, the first time an empty one. It must not be open.
   *
   * @param options.masterKey 32 bytes; without it the key the database was made with
   * @param options.at what the store's own clock says; without it the start of the suite's time
   */
  open(options?: OpenOptions): Promise<Store>;
  /** Everything the database has written to its disk, as far as a thief could take it. */
  bytesAtRest(): Promise<Buffer>;
  /** Makes the signing keys of a target such that they do not open. The database is not open. */
  spoilKeys(instance: InstanceId, target: TargetId): Promise<void>;
  /** Deletes the database, which is not open. */
  cleanup(): Promise<void>;
}

/** Makes a new database for one test. */
export type StoreFactory = () => Promise<StoreHarness>;

/** What the cases of the suite work with. */
export interface SuiteContext {
  /** The open store of the current test. */
  readonly store: Store;
  readonly harness: StoreHarness;
  /** Closes the store and opens its database again. */
  reopen(options?: OpenOptions): Promise<Store>;
}

/** Gives each test a new, open store in which `prepare` has run. */
export function useStore(
  factory: StoreFactory,
  prepare: (store: Store) => Promise<unknown>,
): SuiteContext {
  let harness: StoreHarness | undefined;
  let store: Store | undefined;

  beforeEach(async () => {
    harness = await factory();
    store = await harness.open();
    await prepare(store);
  });
  afterEach(async () => {
    await store?.close();
    await harness?.cleanup();
  });

  return {
    get store() {
      return present(store);
    },
    get harness() {
      return present(harness);
    },
    async reopen(options) {
      await store?.close();
      store = await present(harness).open(options);
      return store;
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("only inside a test");
  return value;
}
