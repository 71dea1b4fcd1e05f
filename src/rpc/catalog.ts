/** CatalogService: what exists besides our own API, per instance. */
import { create } from "@bufbuild/protobuf";
import {
  CatalogService,
  CatalogSourceSchema,
  GetCatalogResponseSchema,
  ImportDescriptorSetResponseSchema,
  SetEventTypesResponseSchema,
  SetFunctionsResponseSchema,
  type CatalogSource as SourceMessage,
} from "../../gen/targetd/v1/catalog_service_pb.ts";
import { authorshipOf } from "../auth/identity.ts";
import type { Catalog, CatalogPart } from "../catalog/catalog.ts";
import { unaryMethods } from "../catalog/catalog.ts";
import {
  type DescriptorSet,
  DescriptorSetError,
  readDescriptorSet,
} from "../catalog/descriptor-set.ts";
import type { CatalogRecord } from "../domain/catalog.ts";
import {
  type CatalogSource,
  setSource,
  setEventTypes as withEventTypes,
  setFunctions as withFunctions,
} from "../domain/catalog.ts";
import type { Micros } from "../domain/units.ts";
import { ApiError, type Violation } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import type { CatalogChange } from "../store/catalog-store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toTimestamp } from "./time.ts";
import { storeFailure } from "./write.ts";

const builtInName = "builtin";

export function importDescriptorSet(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.importDescriptorSet,
    prepare: ({ source: name, descriptorSet, validateOnly }) => ({
      violations: sourceViolations(name),
      async run(context) {
        const { instance } = context.identity;
        const set = readSet(descriptorSet);
        requireFree(await parts.catalogs.of(instance), name, set);
        const source: CatalogSource = { name, descriptorSet, importedAt: parts.clock() };
        const command = (current: CatalogRecord) => setSource(current, source, serviceNames(set));
        if (validateOnly) command(await parts.store.readCatalog(instance));
        else await change(parts, context, source.importedAt, command);
        const { services } = set;
        const answer = toSourceMessage({ name, services }, source.importedAt);
        return create(ImportDescriptorSetResponseSchema, { source: answer });
      },
    }),
  });
}

export function setEventTypes(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.setEventTypes,
    prepare: (request) => ({
      violations: nameViolations("event_types", request.eventTypes, eventTypeForm),
      async run(context) {
        const names = sortedNames(request.eventTypes);
        await change(parts, context, parts.clock(), (current) => withEventTypes(current, names));
        return create(SetEventTypesResponseSchema, { eventTypes: names });
      },
    }),
  });
}

export function setFunctions(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.setFunctions,
    prepare: (request) => ({
      violations: nameViolations("functions", request.functions, functionForm),
      async run(context) {
        const names = sortedNames(request.functions);
        await change(parts, context, parts.clock(), (current) => withFunctions(current, names));
        return create(SetFunctionsResponseSchema, { functions: names });
      },
    }),
  });
}

export function getCatalog({ catalogs, store }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.getCatalog,
    prepare: () => ({
      violations: [],
      async run({ identity: { instance } }) {
        const [catalog, { sources }] = await Promise.all([
          catalogs.of(instance),
          store.readCatalog(instance),
        ]);
        const dates = new Map(sources.map(({ name, importedAt }) => [name, importedAt]));
        return create(GetCatalogResponseSchema, {
          sources: catalog.parts.map((part) => toSourceMessage(part, dates.get(part.name))),
          eventTypes: [...catalog.eventTypes],
          functions: [...catalog.functions],
        });
      },
    }),
  });
}

async function change(
  { store }: HandlerParts,
  { identity }: CallContext,
  at: Micros,
  command: (current: CatalogRecord) => CatalogChange,
): Promise<void> {
  await store
    .changeCatalog(identity.instance, command, authorshipOf(identity, at))
    .catch((thrown: unknown) => {
      throw storeFailure(thrown, "instanceNotFound");
    });
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

const sourceForm = /^[A-Za-z0-9._-]+$/;
const functionForm = /^[A-Za-z0-9._-]+$/;
const eventTypeForm = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

function sourceViolations(name: string): Violation[] {
  if (name === "" || (sourceForm.test(name) && name !== builtInName)) return [];
  const description =
    name === builtInName
      ? "is taken by the server's own API"
      : "must consist of letters, digits, dots, dashes and underscores";
  return [{ field: "source", description }];
}

/** Empty names are a matter of the proto file. */
function nameViolations(field: string, names: readonly string[], form: RegExp): Violation[] {
  return names.flatMap((name, index) => {
    if (name === "" || form.test(name)) return [];
    const description = "must consist of letters, digits, dashes and underscores with dots between";
    return [{ field: `${field}[${index}]`, description }];
  });
}

function serviceNames({ services }: DescriptorSet): readonly string[] {
  return services.map(({ typeName }) => typeName);
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
}

function toSourceMessage({ name, services }: CatalogPart, at: Micros | undefined): SourceMessage {
  return create(CatalogSourceSchema, {
    name,
    ...(at !== undefined && { importDate: toTimestamp(at) }),
    services: services.map(({ typeName }) => typeName),
    methodCount: services.reduce((sum, service) => sum + unaryMethods(service).length, 0),
  });
}
