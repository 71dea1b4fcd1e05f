/** CatalogService besides the import: what exists besides our own API, per instance. */
import { create } from "@bufbuild/protobuf";
import {
  CatalogService,
  GetCatalogResponseSchema,
  SetEventTypesResponseSchema,
  SetFunctionsResponseSchema,
} from "../../gen/targetd/v1/catalog_service_pb.ts";
import {
  setEventTypes as withEventTypes,
  setFunctions as withFunctions,
} from "../domain/catalog.ts";
import type { Violation } from "../errors/api-error.ts";
import { changeCatalog, toSourceMessage } from "./catalog-message.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";

export function setEventTypes(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.setEventTypes,
    prepare: (request) => ({
      violations: nameViolations("event_types", request.eventTypes, eventTypeForm),
      async run(context) {
        const names = sortedNames(request.eventTypes);
        await changeCatalog(parts.store, context, parts.clock(), (current) =>
          withEventTypes(current, names),
        );
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
        await changeCatalog(parts.store, context, parts.clock(), (current) =>
          withFunctions(current, names),
        );
        return create(SetFunctionsResponseSchema, { functions: names });
      },
    }),
  });
}

export function getCatalog({ catalogs }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: CatalogService.method.getCatalog,
    prepare: () => ({
      violations: [],
      async run({ identity }) {
        const { parts, eventTypes, functions } = await catalogs.of(identity.instance);
        return create(GetCatalogResponseSchema, {
          sources: parts.map(toSourceMessage),
          eventTypes: [...eventTypes],
          functions: [...functions],
        });
      },
    }),
  });
}

const functionForm = /^[A-Za-z0-9._-]+$/;
/** How types of events are spelled. */
export const eventTypeForm = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Empty names are a matter of the proto file. */
function nameViolations(field: string, names: readonly string[], form: RegExp): Violation[] {
  return names.flatMap((name, index) => {
    if (name === "" || form.test(name)) return [];
    const description = "must consist of letters, digits, dashes and underscores with dots between";
    return [{ field: `${field}[${index}]`, description }];
  });
}

function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort((a, b) => (a < b ? -1 : 1));
}
