/** Finds conditions that name what does not exist (contract.md section 6). */
import type { Condition } from "../domain/condition.ts";
import { ApiError } from "../errors/api-error.ts";
import type { ErrorName } from "../errors/catalogue.ts";
import type { Catalog } from "./catalog.ts";
import { nearName } from "./near-name.ts";

/**
 * @returns methodNotFound, serviceNotFound, functionNotFound, eventTypeNotFound or
 *   eventGroupNotFound with the name that was probably meant; undefined when what the condition
 *   names is in the catalogue
 */
export function findUnknown(catalog: Catalog, condition: Condition): ApiError | undefined {
  switch (condition.kind) {
    case "request":
    case "response":
      return findUnknownMethod(catalog, condition);
    case "function":
      if (catalog.hasFunction(condition.name)) return undefined;
      return unknown("functionNotFound", condition.name, catalog.functions);
    case "event":
      return findUnknownEvent(catalog, condition);
  }
}

function findUnknownMethod(
  catalog: Catalog,
  condition: Extract<Condition, { kind: "request" | "response" }>,
): ApiError | undefined {
  if (condition.scope === "all") return undefined;
  const { service } = condition;
  if (condition.scope === "service") {
    if (catalog.hasService(service)) return undefined;
    return unknown("serviceNotFound", service, catalog.services);
  }
  const name = condition.method === "" ? service : `/${service}/${condition.method}`;
  if (catalog.findMethod(name) !== undefined) return undefined;
  return unknown("methodNotFound", name, catalog.methods);
}

function findUnknownEvent(
  catalog: Catalog,
  condition: Extract<Condition, { kind: "event" }>,
): ApiError | undefined {
  if (condition.scope === "all") return undefined;
  if (condition.scope === "type") {
    if (catalog.hasEventType(condition.type)) return undefined;
    return unknown("eventTypeNotFound", condition.type, catalog.eventTypes);
  }
  const { group } = condition;
  if (catalog.hasEventGroup(group)) return undefined;
  return unknown("eventGroupNotFound", group, groupsLike(group, catalog));
}

/** The groups with as many parts as the given one, which may be spelled as "group.*". */
function groupsLike(group: string, { eventTypes }: Catalog): readonly string[] {
  const parts = group.replace(/\.\*?$/, "").split(".").length;
  return [...new Set(eventTypes.map((type) => type.split(".").slice(0, parts).join(".")))];
}

/** Longest part of an unknown name that the error repeats. */
const maxShown = 200;

function unknown(error: ErrorName, name: string, known: readonly string[]): ApiError {
  const near = nearName(name, known);
  const shown = JSON.stringify(name.length > maxShown ? `${name.slice(0, maxShown)}...` : name);
  return new ApiError(error, {
    detail: near === undefined ? shown : `${shown}; did you mean ${JSON.stringify(near)}?`,
  });
}
