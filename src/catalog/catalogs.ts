/** The catalogues of all instances, compiled when they are first asked for. */
import type { InstanceId } from "../domain/units.ts";
import type { CatalogStore } from "../store/catalog-store.ts";
import { type Catalog, compileCatalog } from "./catalog.ts";

/** Most instances whose own catalogue is kept compiled; the others are compiled again. */
const maxKept = 20;

export interface Catalogs {
  /** The catalogue as it is now: its version is read each time, so that imports act at once. */
  of(instance: InstanceId): Promise<Catalog>;
}

interface Kept {
  readonly version: number;
  readonly catalog: Catalog;
}

export function createCatalogs(store: CatalogStore): Catalogs {
  const bare = compileCatalog({ version: 0, sources: [], eventTypes: [], functions: [] });
  /** In the order of their last use. */
  const kept = new Map<InstanceId, Kept>();
  return {
    async of(instance) {
      const version = await store.catalogVersion(instance);
      if (version === 0) return bare;
      const known = kept.get(instance);
      kept.delete(instance);
      const current = known?.version === version ? known : await load(store, instance);
      kept.set(instance, current);
      for (const oldest of kept.keys()) {
        if (kept.size <= maxKept) break;
        kept.delete(oldest);
      }
      return current.catalog;
    },
  };
}

async function load(store: CatalogStore, instance: InstanceId): Promise<Kept> {
  const record = await store.readCatalog(instance);
  return { version: record.version, catalog: compileCatalog(record) };
}
