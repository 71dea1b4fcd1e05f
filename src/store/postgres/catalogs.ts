/** The rows of catalogs with their sources. */
import { type CatalogRecord, type CatalogSource, emptyCatalog } from "../../domain/catalog.ts";
import { type InstanceId, micros } from "../../domain/units.ts";
import { changedItems } from "../changed-items.ts";
import { livingInstance } from "./instances.ts";
import type { Session, Transaction } from "./session.ts";

type CatalogRow = Omit<CatalogRecord, "sources">;

interface SourceRow extends Omit<CatalogSource, "importedAt"> {
  readonly importedAt: number;
}

/** The catalogue of an instance; an empty one when it is deleted. */
export async function readCatalog(session: Session, instance: InstanceId): Promise<CatalogRecord> {
  const [row, sources] = await Promise.all([
    session.row<CatalogRow>(
      `SELECT version, event_types AS "eventTypes", functions FROM catalogs
       WHERE instance_id = $1 AND ${livingInstance("$1")}`,
      [instance],
    ),
    session.rows<SourceRow>(
      `SELECT name, descriptor_set AS "descriptorSet", imported_at AS "importedAt"
       FROM catalog_sources WHERE instance_id = $1 ORDER BY name`,
      [instance],
    ),
  ]);
  if (row === undefined) return emptyCatalog;
  const { version, eventTypes, functions } = row;
  return { version, sources: sources.map(toSource), eventTypes, functions };
}

export async function readCatalogVersion(session: Session, instance: InstanceId): Promise<number> {
  const row = await session.row<{ version: number }>(
    `SELECT version FROM catalogs WHERE instance_id = $1 AND ${livingInstance("$1")}`,
    [instance],
  );
  return row?.version ?? emptyCatalog.version;
}

/** Writes `next`, but of its sources only those that are other objects than in `current`. */
export function replaceCatalog(
  transaction: Transaction,
  instance: InstanceId,
  current: CatalogRecord,
  next: CatalogRecord,
): void {
  transaction.send(
    `INSERT INTO catalogs (instance_id, version, event_types, functions) VALUES ($1, $2, $3, $4)
     ON CONFLICT (instance_id) DO UPDATE SET version = excluded.version,
       event_types = excluded.event_types, functions = excluded.functions`,
    [instance, next.version, next.eventTypes, next.functions],
  );
  const { gone, added } = changedItems(current.sources, next.sources);
  transaction.send("DELETE FROM catalog_sources WHERE instance_id = $1 AND name = ANY ($2)", [
    instance,
    gone.map(({ name }) => name),
  ]);
  for (const { name, descriptorSet, importedAt } of added) {
    transaction.send(
      `INSERT INTO catalog_sources (instance_id, name, descriptor_set, imported_at)
       VALUES ($1, $2, $3, $4)`,
      [instance, name, descriptorSet, importedAt],
    );
  }
}

function toSource({ importedAt, ...row }: SourceRow): CatalogSource {
  return { ...row, importedAt: micros(importedAt) };
}
