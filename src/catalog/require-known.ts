/** Refuses conditions that name what does not exist (contract.md section 6). */
import type { Condition } from "../domain/condition.ts";
import { ApiError } from "../errors/api-error.ts";
import type { ErrorName } from "../errors/catalogue.ts";
import type { Catalog } from "./catalog.ts";
import { nearName } from "./near-name.ts";

/**
 * @throws ApiError methodNotFound, serviceNotFound, functionNotFound, eventTypeNotFound, eventGroupNotFound,
 *   with the name that was probably meant
 */
export function requireKnown(catalog: Catalog, condition: Condition): void {
  switch (condition.kind) {
    case "request":
    case "response":
      requireMethod(catalog, condition);
      return;
    case "function":
      if (catalog.hasFunction(condition.name)) return;
      throw unknown("functionNotFound", condition.name, catalog.functions);
    case "event":
      requireEvent(catalog, condition);
  }
}

function requireMethod(
  catalog: Catalog,
  condition: Extract<Condition, { kind: "request" | "response" }>,
): void {
  if (condition.scope === "service") {
    if (catalog.hasService(condition.service)) return;
    throw unknown("serviceNotFound", condition.service, catalog.services);
  }
  if (condition.scope !== "method") return;
  const { service, method } = condition;
  const name = method === "" ? service : `/${service}/${method}`;
  if (catalog.findMethod(name) === undefined)
    throw unknown("methodNotFound", name, catalog.methods);
}

function requireEvent(catalog: Catalog, condition: Extract<Condition, { kind: "event" }>): void {
  if (condition.scope === "type" && !catalog.hasEventType(condition.type)) {
    throw unknown("eventTypeNotFound", condition.type, catalog.eventTypes);
  }
  if (condition.scope === "group" && !catalog.hasEventGroup(condition.group)) {
    throw unknown("eventGroupNotFound", condition.group, groupsLike(condition.group, catalog));
  }
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
