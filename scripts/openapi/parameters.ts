/** Parameters of operations in path, query and headers. */
import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { skipHeader } from "../../src/execution/own-api.ts";
import { hasTextForm } from "../../src/server/rest/json-well-known.ts";
import type { Route } from "../../src/server/rest/routes.ts";
import type { MessageSchemas } from "./message-schema.ts";
import { isConditionable, takesEtag } from "./method-errors.ts";
import { sampleField } from "./sample.ts";

/** All parameters of a REST route. */
export function restParameters(route: Route, schemas: MessageSchemas): readonly JsonObject[] {
  const { entry } = route;
  const skip = isConditionable(entry) ? [skipExecutions] : [];
  const tag = takesEtag(entry.method.input) ? [ifMatch] : [];
  return [...pathParameters(route, schemas), ...queryParameters(route, schemas), ...tag, ...skip];
}

/** Headers that a unary call of Connect may have. */
export const connectParameters: readonly JsonObject[] = [
  {
    name: "Connect-Protocol-Version",
    in: "header",
    description: "The version of the protocol; clients of Connect send it.",
    schema: { type: "string", const: "1" },
  },
  {
    name: "Connect-Timeout-Ms",
    in: "header",
    description: "Milliseconds until the caller gives up.",
    schema: { type: "string", pattern: "^[0-9]{1,10}$" },
  },
];

const skipExecutions: JsonObject = {
  name: skipHeader,
  in: "header",
  description:
    "`true` runs no execution around this call, which the audit tells of. It needs the permission `action.execution.write`, and is the way out when a target blocks calls.",
  schema: { type: "string", const: "true" },
};

const ifMatch: JsonObject = {
  name: "If-Match",
  in: "header",
  description: "The etag that must still be the current one, in quotes; `*` and absence mean any.",
  schema: { type: "string", pattern: '^(\\*|"[^"]+")$' },
};

function pathParameters(route: Route, schemas: MessageSchemas): readonly JsonObject[] {
  return route.variables.map(({ name, field }) => {
    const leaf = field.at(-1) ?? field[0];
    return {
      name,
      in: "path",
      required: true,
      ...described(schemas.field(leaf), sampleField(leaf)),
    };
  });
}

/** Fields of the request that are neither in the path nor in the body. */
function queryParameters(route: Route, schemas: MessageSchemas): readonly JsonObject[] {
  if (route.body === "message") return [];
  const bound = new Set<string>(route.variables.map(({ name }) => name));
  const { input } = route.entry.method;
  const fields = input.fields.filter((field) => field !== route.body);
  return fields
    .flatMap((field) => textFields(field, ""))
    .filter(({ path }) => !bound.has(path))
    .map(({ path, field }) => ({ name: path, in: "query", ...described(schemas.field(field)) }));
}

interface TextField {
  /** In JSON spelling, with dots. */
  readonly path: string;
  readonly field: DescField;
}

/** The fields that a text can set: the field itself or those in it, recursive messages left out. */
function textFields(
  field: DescField,
  prefix: string,
  seen: readonly DescMessage[] = [],
): readonly TextField[] {
  const path = `${prefix}${field.jsonName}`;
  const { message } = field;
  if (field.fieldKind === "map") return [];
  if (message === undefined || hasTextForm(message)) return [{ path, field }];
  if (field.fieldKind === "list" || seen.includes(message)) return [];
  return message.fields.flatMap((each) => textFields(each, `${path}.`, [...seen, message]));
}

/** A comment is told of the parameter, not of its schema. */
function described({ description, ...schema }: JsonObject, example?: JsonValue): JsonObject {
  return {
    ...(description === undefined ? {} : { description }),
    schema,
    ...(example === undefined ? {} : { example }),
  };
}
