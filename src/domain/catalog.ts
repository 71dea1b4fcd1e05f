/** What exists besides our own API, per instance: what conditions may name (contract.md section 6). */
import { isDeepStrictEqual } from "node:util";
import { ApiError } from "../errors/api-error.ts";
import type { FieldChange } from "./target.ts";
import type { Micros } from "./units.ts";

/** Most sources of one instance. */
const maxSources = 16;
/** Most bytes of all sets of one instance. */
const maxBytes = 32 * 1024 * 1024;

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

/** The catalogue of an instance that never imported anything. */
export const emptyCatalog: CatalogRecord = {
  version: 0,
  sources: [],
  eventTypes: [],
  functions: [],
};

/** What a command makes of the catalogue; the very same object when nothing changes. */
export interface CatalogUpdate {
  readonly next: CatalogRecord;
  /** Name of the source or of the list that changes. */
  readonly part: string;
  readonly fields: readonly FieldChange[];
}

/**
 * Imports a source in place of what it had before; an empty set removes it.
 *
 * @param services names of its services, for history
 * @throws ApiError catalogTooLarge
 */
export function setSource(
  current: CatalogRecord,
  source: CatalogSource,
  services: readonly string[],
): CatalogUpdate {
  const { name, descriptorSet } = source;
  const others = current.sources.filter((each) => each.name !== name);
  const old = current.sources.find((each) => each.name === name);
  const empty = descriptorSet.length === 0;
  const same = old === undefined ? empty : Buffer.compare(old.descriptorSet, descriptorSet) === 0;
  if (same) return { next: current, part: name, fields: [] };
  const sources = empty ? others : [...others, source].sort((a, b) => (a.name < b.name ? -1 : 1));
  requireRoom(sources);
  const fields = [
    {
      field: "descriptor_set_bytes",
      old: old?.descriptorSet.length ?? 0,
      new: descriptorSet.length,
    },
    { field: "services", old: null, new: services.slice(0, maxServicesInHistory) },
  ];
  return { next: { ...current, sources }, part: name, fields };
}

/** @throws ApiError catalogTooLarge */
function requireRoom(sources: readonly CatalogSource[]): void {
  const bytes = sources.reduce((sum, each) => sum + each.descriptorSet.length, 0);
  if (sources.length > maxSources) {
    throw new ApiError("catalogTooLarge", { detail: `at most ${maxSources} sources` });
  }
  if (bytes > maxBytes) {
    throw new ApiError("catalogTooLarge", { detail: `at most ${maxBytes} bytes` });
  }
}

/** Most names of services that history keeps of one import. */
const maxServicesInHistory = 100;

/** Replaces the event types; sorted, each once. */
export function setEventTypes(
  current: CatalogRecord,
  eventTypes: readonly string[],
): CatalogUpdate {
  return setList(current, "eventTypes", "event_types", eventTypes);
}

/** Replaces the functions; sorted, each once. */
export function setFunctions(current: CatalogRecord, functions: readonly string[]): CatalogUpdate {
  return setList(current, "functions", "functions", functions);
}

/** History keeps how many there are, for a list may hold thousands of names. */
function setList(
  current: CatalogRecord,
  list: "eventTypes" | "functions",
  part: string,
  names: readonly string[],
): CatalogUpdate {
  if (isDeepStrictEqual(current[list], names)) return { next: current, part, fields: [] };
  const fields = [{ field: `${part}_count`, old: current[list].length, new: names.length }];
  return { next: { ...current, [list]: names }, part, fields };
}
