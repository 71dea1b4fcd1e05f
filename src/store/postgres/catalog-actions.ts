import type { CatalogStore } from "../catalog-store.ts";
import { catalogChange } from "../change-contents.ts";
import { readCatalog, readCatalogVersion, replaceCatalog } from "./catalogs.ts";
import { addChanges } from "./changes.ts";
import { lockInstance } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";

export function catalogActions({ db }: PostgresStoreParts): CatalogStore {
  return {
    changeCatalog: (instance, change, options) =>
      db.write(async (transaction) => {
        const [, current] = await Promise.all([
          lockInstance(transaction, instance),
          readCatalog(transaction, instance),
        ]);
        const { next, part, fields } = change(current);
        if (next === current) return current;
        const written = { ...next, version: current.version + 1 };
        replaceCatalog(transaction, instance, current, written);
        const content = catalogChange(part, fields);
        addChanges(transaction, instance, [{ by: options, content }]);
        return written;
      }),

    readCatalog: (instance) => db.snapshot((session) => readCatalog(session, instance)),

    catalogVersion: (instance) => db.read((session) => readCatalogVersion(session, instance)),
  };
}
