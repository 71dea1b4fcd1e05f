/** Everything that the conditions of an instance may name, ready for look-ups. */
import {
  createRegistry,
  type DescMethodUnary,
  type DescService,
  type Registry,
} from "@bufbuild/protobuf";
import type { CatalogRecord } from "../domain/catalog.ts";
import { builtIn } from "./built-in.ts";
import { readDescriptorSet } from "./descriptor-set.ts";

/** Services that came together. */
export interface CatalogPart {
  /** "builtin", or the name of a source. */
  readonly name: string;
  /** By name. Those that an earlier part has as well are left out. */
  readonly services: readonly DescService[];
}

export interface Catalog {
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

/** Makes the catalogue of an instance from what it has imported. */
export function compileCatalog(record: CatalogRecord): Catalog {
  const methods = new Map<string, CatalogMethod>();
  const services = new Set<string>();
  const addPart = (name: string, found: readonly DescService[], registry: Registry) => {
    const own = found.filter(({ typeName }) => !services.has(typeName));
    for (const service of own) {
      services.add(service.typeName);
      for (const method of unaryMethods(service))
        methods.set(fullName(method), { method, registry });
    }
    return { name, services: own };
  };
  const parts = [
    addPart("builtin", builtIn.services, createRegistry(...builtIn.services)),
    ...record.sources.map(({ name, descriptorSet }) => {
      const set = readDescriptorSet(descriptorSet);
      return addPart(name, set.services, set.registry);
    }),
  ];
  const functions = new Set([...builtIn.functions, ...record.functions]);
  const eventTypes = new Set([...builtIn.eventTypes, ...record.eventTypes]);
  const groups = new Set([...eventTypes].flatMap(groupsOf));
  return {
    parts,
    services: sorted(services),
    methods: sorted(methods.keys()),
    functions: sorted(functions),
    eventTypes: sorted(eventTypes),
    findMethod: (fullMethod) => methods.get(fullMethod),
    hasService: (service) => services.has(service),
    hasFunction: (name) => functions.has(name),
    hasEventType: (type) => eventTypes.has(type),
    hasEventGroup: (group) => groups.has(group),
  };
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

/** "a.b.c" lies in the groups "a", "a.b" and "a.b.c". */
function groupsOf(type: string): string[] {
  const parts = type.split(".");
  return parts.map((_, index) => parts.slice(0, index + 1).join("."));
}

/** By UTF-8 bytes, as everything is sorted here; names are ASCII. */
function sorted(names: Iterable<string>): readonly string[] {
  return [...names].sort((a, b) => (a < b ? -1 : 1));
}
