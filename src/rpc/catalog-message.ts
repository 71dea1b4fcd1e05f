/** What the methods of CatalogService share. */
import { create } from "@bufbuild/protobuf";
import {
  CatalogSourceSchema,
  type CatalogSource as SourceMessage,
} from "../../gen/targetd/v1/catalog_service_pb.ts";
import { authorshipOf } from "../auth/identity.ts";
import { type CatalogPart, unaryMethods } from "../catalog/catalog.ts";
import type { CatalogRecord } from "../domain/catalog.ts";
import type { Micros } from "../domain/units.ts";
import type { CatalogChange, CatalogStore } from "../store/catalog-store.ts";
import type { CallContext } from "./method-table.ts";
import { toTimestamp } from "./time.ts";
import { storeFailure } from "./write.ts";

/** Changes the catalogue of the caller's instance; resolves with what it is from now on. */
export function changeCatalog(
  store: CatalogStore,
  { identity }: CallContext,
  at: Micros,
  command: (current: CatalogRecord) => CatalogChange,
): Promise<CatalogRecord> {
  return store
    .changeCatalog(identity.instance, command, authorshipOf(identity, at))
    .catch((thrown: unknown) => {
      throw storeFailure(thrown, "instanceNotFound");
    });
}

export function toSourceMessage({
  name,
  services,
  importedAt,
}: Pick<CatalogPart, "name" | "services" | "importedAt">): SourceMessage {
  return create(CatalogSourceSchema, {
    name,
    ...(importedAt !== undefined && { importDate: toTimestamp(importedAt) }),
    services: services.map(({ typeName }) => typeName),
    methodCount: services.reduce((sum, service) => sum + unaryMethods(service).length, 0),
  });
}
