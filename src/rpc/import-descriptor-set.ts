/** CatalogService.ImportDescriptorSet. */
import { create } from "@bufbuild/protobuf";
import {
  CatalogService,
  ImportDescriptorSetResponseSchema,
} from "../../gen/targetd/v1/catalog_service_pb.ts";
import { builtInName, type Catalog, ownServices } from "../catalog/catalog.ts";
import {
  type DescriptorSet,
  DescriptorSetError,
  readDescriptorSet,
} from "../catalog/descriptor-set.ts";
import { type CatalogRecord, type CatalogSource, setSource } from "../domain/catalog.ts";
import { ApiError, type Violation } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import { changeCatalog, toSourceMessage } from "./catalog-message.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";

const sourceForm = /^[A-Za-z0-9._-]+$/;
/** Most entries of all sets of one instance. */
const maxCatalogEntries = 600_000;

export function importDescriptorSet(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.importDescriptorSet,
    prepare: ({ source: name, descriptorSet, validateOnly }) => ({
      violations: sourceViolations(name),
      async run(context) {
        const set = readSet(descriptorSet);
        const record = await importSource(parts, context, { name, set, validateOnly });
        const importedAt = record.sources.find((source) => source.name === name)?.importedAt;
        const answer = toSourceMessage({ name, services: ownServices(set), importedAt });
        return create(ImportDescriptorSetResponseSchema, { source: answer });
      },
    }),
  });
}

/** What is to be imported under which name. */
interface Import {
  readonly name: string;
  readonly set: DescriptorSet;
  readonly validateOnly: boolean;
}

/** @returns the catalogue after the import */
async function importSource(
  { store, catalogs, clock }: HandlerParts,
  context: CallContext,
  { name, set, validateOnly }: Import,
): Promise<CatalogRecord> {
  const { instance } = context.identity;
  const at = clock();
  const names = ownServices(set).map(({ typeName }) => typeName);
  const source: CatalogSource = { name, descriptorSet: set.bytes, importedAt: at };
  for (;;) {
    const catalog = await catalogs.of(instance);
    requireFree(catalog, name, set);
    requireEntries(catalog, name, set);
    if (validateOnly) return setSource(await store.readCatalog(instance), source, names).next;
    try {
      return await changeCatalog(store, context, at, (current) => {
        if (current.version !== catalog.version) throw new CatalogMoved();
        return setSource(current, source, names);
      });
    } catch (thrown) {
      // Another import came between, so the checks say nothing about what is there now.
      if (!(thrown instanceof CatalogMoved)) throw thrown;
    }
  }
}

class CatalogMoved extends Error {
  override readonly name = "CatalogMoved";
}

function sourceViolations(name: string): Violation[] {
  if (name === "" || (sourceForm.test(name) && name !== builtInName)) return [];
  const description =
    name === builtInName
      ? "is taken by the server's own API"
      : "must consist of letters, digits, dots, dashes and underscores";
  return [{ field: "source", description }];
}

/** @throws InvalidFields */
function readSet(bytes: Uint8Array): DescriptorSet {
  try {
    return readDescriptorSet(bytes);
  } catch (thrown) {
    if (!(thrown instanceof DescriptorSetError)) throw thrown;
    throw new InvalidFields([{ field: "descriptor_set", description: thrown.message }]);
  }
}

/**
 * Two sources must not tell different things about one service. Our own services stand in every
 * upstream's set of the action API and are left out instead.
 *
 * @throws ApiError serviceTaken
 */
function requireFree({ parts }: Catalog, name: string, { services }: DescriptorSet): void {
  const names = new Set(services.map(({ typeName }) => typeName));
  for (const part of parts) {
    if (part.name === name || part.name === builtInName) continue;
    const taken = part.services.find(({ typeName }) => names.has(typeName));
    if (taken === undefined) continue;
    throw new ApiError("serviceTaken", { detail: `${taken.typeName} comes from ${part.name}` });
  }
}

/** @throws ApiError catalogTooLarge */
function requireEntries({ parts }: Catalog, name: string, { entries }: DescriptorSet): void {
  const others = parts.filter((part) => part.name !== name);
  const total = others.reduce((sum, part) => sum + part.entries, entries);
  if (total <= maxCatalogEntries) return;
  const detail = `at most ${maxCatalogEntries} entries: types, fields and values`;
  throw new ApiError("catalogTooLarge", { detail });
}
