/** Finds names in the catalogue. */
import type { CatalogSource } from "../../../../gen/targetd/v1/catalog_service_pb.ts";

export interface Known {
  readonly sources: readonly CatalogSource[];
  readonly eventTypes: readonly string[];
  readonly functions: readonly string[];
  /** Of all services, spelled "/package.Service/Method". */
  readonly methods: readonly string[];
}

export interface FoundService {
  readonly name: string;
  readonly methods: readonly string[];
}

export interface Found {
  /** Those with a service that was found. */
  readonly sources: readonly {
    readonly source: CatalogSource;
    readonly services: readonly FoundService[];
  }[];
  readonly eventTypes: readonly string[];
  readonly functions: readonly string[];
  /** Something was searched for. */
  readonly narrow: boolean;
}

/** What has the text in its name, whatever the case; a service that has brings all its methods. */
export function search({ sources, eventTypes, functions, methods }: Known, text: string): Found {
  const part = text.trim().toLowerCase();
  const matches = (name: string) => name.toLowerCase().includes(part);
  const byService = Map.groupBy(methods, (method) => method.split("/")[1] ?? "");
  const serviceOf = (name: string): FoundService => {
    const all = byService.get(name) ?? [];
    return { name, methods: matches(name) ? all : all.filter(matches) };
  };
  return {
    sources: sources
      .map((source) => ({
        source,
        services: source.services
          .map(serviceOf)
          .filter((service) => matches(service.name) || service.methods.length > 0),
      }))
      .filter(({ services }) => services.length > 0),
    eventTypes: eventTypes.filter(matches),
    functions: functions.filter(matches),
    narrow: part !== "",
  };
}
