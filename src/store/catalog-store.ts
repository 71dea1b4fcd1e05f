/** The part of the storage contract that keeps catalogues; see store.ts for the rules of all. */
import type { CatalogRecord } from "../domain/catalog.ts";
import type { FieldChange } from "../domain/target.ts";
import type { InstanceId } from "../domain/units.ts";
import type { Authorship } from "./store.ts";

/** What a command decided to do with the catalogue of an instance. */
export interface CatalogChange {
  /** The catalogue from now on, its version set by the store; the current object: write nothing. */
  readonly next: CatalogRecord;
  /** What history keeps, and of which part of the catalogue: a source's name, or a list's. */
  readonly part: string;
  readonly fields: readonly FieldChange[];
}

export interface CatalogStore {
  /**
   * Reads the catalogue of an instance, lets `change` decide, and writes what it returned under the
   * next version, as one action. Writes a change "changed" of resource type "catalog" exactly when
   * `next` is not the current object. Sources that are the same object are not written again.
   *
   * Resolves with the catalogue from now on. Rejects: `not-found` when the instance does not exist
   * or is deleted.
   */
  changeCatalog(
    instance: InstanceId,
    change: (current: CatalogRecord) => CatalogChange,
    options: Authorship,
  ): Promise<CatalogRecord>;

  /** The catalogue of an instance; an empty one of version 0 when nothing was ever imported. */
  readCatalog(instance: InstanceId): Promise<CatalogRecord>;

  /** Version of the catalogue of an instance, at the cost of one row. */
  catalogVersion(instance: InstanceId): Promise<number>;
}
