/** The catalogues of all instances, compiled when they are first asked for. */
import { setImmediate } from "node:timers/promises";
import type { CatalogRecord } from "../domain/catalog.ts";
import type { InstanceId } from "../domain/units.ts";
import type { CatalogStore } from "../store/catalog-store.ts";
import { type Catalog, compileCatalog } from "./catalog.ts";
import { type DescriptorSet, readDescriptorSet } from "./descriptor-set.ts";

export interface Catalogs {
  /** The catalogue as it is now: its version is read each time, so that imports act at once. */
  of(instance: InstanceId): Promise<Catalog>;
}

/** Most entries and names of all catalogues that stay compiled; at worst some 300 bytes each. */
const maxKept = 1_500_000;
/** What a catalogue counts besides its entries and names. */
const baseSize = 1_000;

interface Loaded {
  readonly catalog: Catalog;
  readonly sets: readonly DescriptorSet[];
}

interface Kept {
  /** At least that of the record. */
  readonly version: number;
  readonly loading: Promise<Loaded>;
  /** Known when it is loaded. */
  size: number;
}

type Reading = Pick<CatalogStore, "catalogVersion" | "readCatalog">;

/** @param limit see {@link maxKept} */
export function createCatalogs(store: Reading, limit = maxKept): Catalogs {
  const bare = compileCatalog({ version: 0, sources: [], eventTypes: [], functions: [] }, []);
  /** In the order of their last use. */
  const kept = new Map<InstanceId, Kept>();

  function drop(instance: InstanceId, entry: Kept): void {
    if (kept.get(instance) === entry) kept.delete(instance);
  }

  function start(instance: InstanceId, version: number, previous: Kept | undefined): Kept {
    const loading = load(store, instance, previous);
    const entry: Kept = { version, loading, size: baseSize };
    loading.then(
      ({ catalog }) => {
        entry.size = sizeOf(catalog);
        let size = [...kept.values()].reduce((sum, each) => sum + each.size, 0);
        for (const [oldest, each] of kept) {
          if (size <= limit) break;
          if (each === entry) continue;
          kept.delete(oldest);
          size -= each.size;
        }
      },
      () => drop(instance, entry),
    );
    return entry;
  }

  return {
    async of(instance) {
      const version = await store.catalogVersion(instance);
      if (version === 0) return bare;
      const known = kept.get(instance);
      // Versions only grow: one that was read before an import must not bring back the old one.
      const fresh = known !== undefined && known.version >= version;
      const entry = fresh ? known : start(instance, version, known);
      kept.delete(instance);
      kept.set(instance, entry);
      return (await entry.loading).catalog;
    },
  };
}

async function load(
  store: Reading,
  instance: InstanceId,
  previous: Kept | undefined,
): Promise<Loaded> {
  const record = await store.readCatalog(instance);
  const earlier = await previous?.loading.catch(() => undefined);
  const sets = await readSets(record, earlier?.sets ?? []);
  return { catalog: compileCatalog(record, sets), sets };
}

/** One set takes its time, so other calls get their turn between two. */
async function readSets(
  { sources }: CatalogRecord,
  earlier: readonly DescriptorSet[],
): Promise<readonly DescriptorSet[]> {
  const sets: DescriptorSet[] = [];
  for (const { descriptorSet } of sources) {
    const same = earlier.find(({ bytes }) => Buffer.compare(bytes, descriptorSet) === 0);
    sets.push(same ?? readDescriptorSet(descriptorSet));
    if (same === undefined) await setImmediate();
  }
  return sets;
}

function sizeOf({ parts, eventTypes, functions }: Catalog): number {
  const entries = parts.reduce((sum, part) => sum + part.entries, 0);
  return baseSize + entries + eventTypes.length + functions.length;
}
