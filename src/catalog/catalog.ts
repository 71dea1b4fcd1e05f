/** Everything that the conditions of an instance may name, ready for look-ups. */
import {
  createRegistry,
  type DescMethodUnary,
  type DescService,
  type Registry,
} from "@bufbuild/protobuf";
import type { CatalogRecord } from "../domain/catalog.ts";
import type { Micros } from "../domain/units.ts";
import { builtIn } from "./built-in.ts";
import type { DescriptorSet } from "./descriptor-set.ts";

/** Services that came together. */
export interface CatalogPart {
  /** "builtin", or the name of a source. */
  readonly name: string;
  /** By name. Those that an earlier part has as well are left out. */
  readonly services: readonly DescService[];
  /** Undefined for the built-in part. */
  readonly importedAt: Micros | undefined;
  /** Entries of the descriptor set; 0 for the built-in part. */
  readonly entries: number;
}

export interface Catalog {
  /** Of the record that it was made from. */
  readonly version: number;
  /** The built-in part, then the sources by name. */
  readonly parts: readonly CatalogPart[];
  /** Services as "package.Service", sorted. */
  readonly services: readonly string[];
  /** Unary methods as "/package.Service/Method", sorted. Streams have no executions. */
  readonly methods: readonly string[];
  /** Sorted. */
  readonly functions: readonly string[];
  /** Sorted. */
  readonly eventTypes: readonly string[];
  /** Finds a unary method by "/package.Service/Method", with the types that its messages know. */
  findMethod(fullMethod: string): CatalogMethod | undefined;
  hasService(service: string): boolean;
  hasFunction(name: string): boolean;
  hasEventType(type: string): boolean;
  /** Tells whether an event type is the group itself or lies below it. */
  hasEventGroup(group: string): boolean;
}

export interface CatalogMethod {
  readonly method: DescMethodUnary;
  readonly registry: Registry;
}

/** Name of the built-in part. */
export const builtInName = "builtin";

/**
 * Makes the catalogue of an instance from what it has imported.
 *
 * @param sets those of the record's sources, in their order
 */
export function compileCatalog(record: CatalogRecord, sets: readonly DescriptorSet[]): Catalog {
  const methods = new Map<string, CatalogMethod>();
  const services = new Set<string>();
  const addServices = (found: readonly DescService[], registry: Registry) => {
    const own = found.filter(({ typeName }) => !services.has(typeName));
    for (const service of own) {
      services.add(service.typeName);
      for (const method of unaryMethods(service))
        methods.set(fullName(method), { method, registry });
    }
    return own;
  };
  const builtInServices = addServices(builtIn.services, createRegistry(...builtIn.services));
  const parts = [
    { name: builtInName, services: builtInServices, importedAt: undefined, entries: 0 },
    ...sets.flatMap(({ services: found, registry, entries }, index) => {
      const source = record.sources[index];
      if (source === undefined) return [];
      const { name, importedAt } = source;
      return [{ name, services: addServices(found, registry), importedAt, entries }];
    }),
  ];
  const functions = new Set([...builtIn.functions, ...record.functions]);
  const eventTypes = new Set([...builtIn.eventTypes, ...record.eventTypes]);
  const sortedTypes = sorted(eventTypes);
  return {
    version: record.version,
    parts,
    services: sorted(services),
    methods: sorted(methods.keys()),
    functions: sorted(functions),
    eventTypes: sortedTypes,
    findMethod: (fullMethod) => methods.get(fullMethod),
    hasService: (service) => services.has(service),
    hasFunction: (name) => functions.has(name),
    hasEventType: (type) => eventTypes.has(type),
    hasEventGroup: (group) => eventTypes.has(group) || hasPrefix(sortedTypes, `${group}.`),
  };
}

/** The services of a set that are not built in. */
export function ownServices({ services }: DescriptorSet): readonly DescService[] {
  const names = new Set<string>(builtIn.services.map(({ typeName }) => typeName));
  return services.filter(({ typeName }) => !names.has(typeName));
}

/** The methods of a service that conditions may name. */
export function unaryMethods(service: DescService): readonly DescMethodUnary[] {
  return service.methods.filter(
    (method): method is DescMethodUnary => method.methodKind === "unary",
  );
}

function fullName(method: DescMethodUnary): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Tells whether one of the sorted names begins with the prefix: the first one not before it does. */
function hasPrefix(names: readonly string[], prefix: string): boolean {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] ?? "") < prefix) low = middle + 1;
    else high = middle;
  }
  return names[low]?.startsWith(prefix) ?? false;
}

/** By UTF-8 bytes, as everything is sorted here; names are ASCII. */
function sorted(names: Iterable<string>): readonly string[] {
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}
