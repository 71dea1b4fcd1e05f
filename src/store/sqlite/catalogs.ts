import type Database from "better-sqlite3";
import { type CatalogRecord, type CatalogSource, emptyCatalog } from "../../domain/catalog.ts";
import { type InstanceId, micros } from "../../domain/units.ts";
import { changedItems } from "../changed-items.ts";

interface CatalogRow {
  readonly version: number;
  /** JSON of string[]. */
  readonly eventTypes: string;
  /** JSON of string[]. */
  readonly functions: string;
}

interface SourceRow extends Omit<CatalogSource, "importedAt"> {
  readonly importedAt: number;
}

/** The rows of catalogs with their sources. Everything runs inside the caller's transaction. */
export interface CatalogTable {
  read(instance: InstanceId): CatalogRecord;
  version(instance: InstanceId): number;
  /** Writes `next`, but of its sources only those that are other objects than in `current`. */
  replace(instance: InstanceId, current: CatalogRecord, next: CatalogRecord): void;
}

export function createCatalogTable(db: Database.Database): CatalogTable {
  const select = db.prepare<[string], CatalogRow>(
    `SELECT version, event_types AS eventTypes, functions FROM catalogs WHERE instance_id = ?`,
  );
  const selectVersion = db
    .prepare<[string], number>("SELECT version FROM catalogs WHERE instance_id = ?")
    .pluck();
  const upsert = db.prepare<[CatalogRow & { readonly instance: InstanceId }]>(
    `INSERT INTO catalogs (instance_id, version, event_types, functions)
     VALUES (@instance, @version, @eventTypes, @functions)
     ON CONFLICT DO UPDATE SET version = excluded.version, event_types = excluded.event_types,
       functions = excluded.functions`,
  );
  const sources = sourceStatements(db);
  return {
    version: (instance) => selectVersion.get(instance) ?? emptyCatalog.version,

    read(instance) {
      const row = select.get(instance);
      if (row === undefined) return emptyCatalog;
      return {
        version: row.version,
        sources: sources.select.all(instance).map(toSource),
        eventTypes: JSON.parse(row.eventTypes) as string[],
        functions: JSON.parse(row.functions) as string[],
      };
    },

    replace(instance, current, next) {
      const eventTypes = JSON.stringify(next.eventTypes);
      const functions = JSON.stringify(next.functions);
      upsert.run({ instance, version: next.version, eventTypes, functions });
      const { gone, added } = changedItems(current.sources, next.sources);
      for (const { name } of gone) sources.remove.run(instance, name);
      for (const source of added) sources.insert.run({ ...source, instance });
    },
  };
}

function sourceStatements(db: Database.Database) {
  return {
    select: db.prepare<[string], SourceRow>(
      `SELECT name, descriptor_set AS descriptorSet, imported_at AS importedAt
       FROM catalog_sources WHERE instance_id = ? ORDER BY name`,
    ),
    insert: db.prepare<[SourceRow & { readonly instance: InstanceId }]>(
      `INSERT INTO catalog_sources (instance_id, name, descriptor_set, imported_at)
       VALUES (@instance, @name, @descriptorSet, @importedAt)`,
    ),
    remove: db.prepare<[string, string]>(
      "DELETE FROM catalog_sources WHERE instance_id = ? AND name = ?",
    ),
  };
}

function toSource({ importedAt, ...row }: SourceRow): CatalogSource {
  return { ...row, importedAt: micros(importedAt) };
}
