import { emptyCatalog } from "../../domain/catalog.ts";
import type { CatalogStore } from "../catalog-store.ts";
import { catalogChange } from "../change-contents.ts";
import { createCatalogTable } from "./catalogs.ts";
import { read, type SharedTables, type SqliteStoreParts } from "./parts.ts";

export function catalogActions(
  { db, commits }: SqliteStoreParts,
  { instances, changes }: SharedTables,
): CatalogStore {
  const catalogs = createCatalogTable(db);
  return {
    changeCatalog: (instance, change, options) =>
      commits.write(() => {
        instances.require(instance);
        const current = catalogs.read(instance);
        const { next, part, fields } = change(current);
        if (next === current) return current;
        const written = { ...next, version: current.version + 1 };
        catalogs.replace(instance, current, written);
        changes.add(instance, options, catalogChange(part, fields));
        return written;
      }),

    readCatalog: (instance) =>
      read(db, () => (instances.exists(instance) ? catalogs.read(instance) : emptyCatalog)),

    catalogVersion: (instance) =>
      read(db, () =>
        instances.exists(instance) ? catalogs.version(instance) : emptyCatalog.version,
      ),
  };
}
