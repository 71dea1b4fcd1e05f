/** What exists besides our own API, per instance: what conditions may name (contract.md section 6). */
import type { Micros } from "./units.ts";

/** An imported set of proto files. */
export interface CatalogSource {
  /** Given at the import; importing under it again replaces the set. */
  readonly name: string;
  /** A google.protobuf.FileDescriptorSet. */
  readonly descriptorSet: Uint8Array;
  readonly importedAt: Micros;
}

/** Everything that an instance has imported. */
export interface CatalogRecord {
  /** Grows with every change; 0 when nothing was ever imported. */
  readonly version: number;
  /** By name. */
  readonly sources: readonly CatalogSource[];
  /** Event types besides our own, sorted. */
  readonly eventTypes: readonly string[];
  /** Functions besides the built-in ones, sorted. */
  readonly functions: readonly string[];
}
