/** Operations of the document: REST routes, and Connect for the methods that have none. */
import type { DescField, DescMessage, JsonObject } from "@bufbuild/protobuf";
import type { MethodEntry } from "../../src/rpc/method-table.ts";
import { etagReader } from "../../src/server/rest/etag.ts";
import { maskDeriver } from "../../src/server/rest/patch-mask.ts";
import { type Route, routesOf } from "../../src/server/rest/routes.ts";
import type { PathTemplate } from "../../src/server/rest/template.ts";
import type { Api } from "./api.ts";
import { isOneofRequired, isRequired } from "./limits.ts";
import type { MessageSchemas } from "./message-schema.ts";
import { readMethodComment } from "./method-errors.ts";
import { connectParameters, restParameters } from "./parameters.ts";
import {
  connectForm,
  errorResponses,
  jsonResponse,
  restForm,
  successHeaders,
} from "./responses.ts";
import { sampleMessage } from "./sample.ts";

/** One operation and where it is in the document. */
export interface Operation {
  readonly path: string;
  /** In lower case. */
  readonly verb: string;
  readonly operation: JsonObject;
}

/** All operations of a method; none for streams, which no route leads to. */
export function operationsOf(
  entry: MethodEntry,
  api: Api,
  schemas: MessageSchemas,
): readonly Operation[] {
  if (entry.method.methodKind !== "unary" || entry.access.case === "public") return [];
  const routes = [...routesOf(entry)];
  if (routes.length === 0) return [connectOperation(entry, api, schemas)];
  return routes.map(([template, route], index) => {
    const suffix = index === 0 ? "" : furtherName(routes.slice(0, index), route.verb, index);
    return restOperation({ template, route, suffix }, api, schemas);
  });
}

/** The verb tells a further route from those before, or else its number does. */
function furtherName(
  before: readonly (readonly [PathTemplate, Route])[],
  verb: string,
  index: number,
): string {
  const isNew = before.every(([, other]) => other.verb !== verb);
  return isNew ? `_${verb.toLowerCase()}` : `_${index + 1}`;
}

interface NamedRoute {
  readonly template: PathTemplate;
  readonly route: Route;
  /** Tells further routes of a method from its first. */
  readonly suffix: string;
}

function restOperation(
  { template, route, suffix }: NamedRoute,
  api: Api,
  schemas: MessageSchemas,
): Operation {
  const { entry, verb, body, responseBody } = route;
  const { output } = entry.method;
  const answer = responseBody === undefined ? schemas.message(output) : schemas.field(responseBody);
  const hasEtag = verb === "GET" && etagReader(output) !== undefined;
  const parameters = restParameters(route, schemas);
  const requestBody = body === "none" ? undefined : restBody(route, schemas);
  const { summary, description, errors } = textOf(entry, api);
  // A body that DELETE has no use for is read all the same.
  const isRead = requestBody !== undefined || verb === "DELETE";
  const ofBody = isRead ? { 413: "The body is too large.", 415: "The body cannot be JSON." } : {};
  const operation: JsonObject = {
    ...{ operationId: `${operationName(entry)}${suffix}`, tags: [entry.method.parent.typeName] },
    ...{ summary, description: verb === "PATCH" ? `${description}\n\n${patchText}` : description },
    ...(parameters.length === 0 ? {} : { parameters: [...parameters] }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: {
      200: jsonResponse("The answer.", answer, successHeaders(entry, hasEtag)),
      ...errorResponses(entry, errors, restForm, ofBody),
    },
    security: securityOf(entry),
  };
  return { path: pathOf(template), verb: verb.toLowerCase(), operation };
}

const patchText =
  "Without `updateMask` the members of the body are the mask. A member that is `null` goes to its default where it has one.";

function connectOperation(entry: MethodEntry, api: Api, schemas: MessageSchemas): Operation {
  const { input, output } = entry.method;
  const { summary, description, errors } = textOf(entry, api);
  const operation: JsonObject = {
    ...{ operationId: operationName(entry), tags: [entry.method.parent.typeName] },
    ...{ summary, description, parameters: [...connectParameters] },
    requestBody: jsonBody(schemas.message(input), sampleMessage(input), true),
    responses: {
      200: jsonResponse("The answer.", schemas.message(output)),
      ...errorResponses(entry, errors, connectForm),
    },
    security: securityOf(entry),
  };
  return { path: `/${entry.name}`, verb: "post", operation };
}

/** Unique in the document, and a name in most languages: the version is left out where it is stable. */
function operationName({ method }: MethodEntry): string {
  const { typeName, name } = method.parent;
  const version = typeName.split(".").at(-2) ?? "";
  const unstable = /^v\d+$/.test(version) ? "" : version.charAt(0).toUpperCase() + version.slice(1);
  return `${name}${unstable}_${method.name}`;
}

function textOf(entry: MethodEntry, { commentOf }: Api) {
  const { method, access, defaultInstanceOnly } = entry;
  const text = readMethodComment(commentOf(`${method.parent.typeName}.${method.name}`));
  const who =
    access.case === "permission"
      ? `Needs the permission \`${access.value}\`${defaultInstanceOnly ? " in the default instance" : ""}.`
      : "Any authenticated caller may call it.";
  const parts = [text.description, who].filter((part) => part !== "");
  return { ...text, description: parts.join("\n\n") };
}

/** The permission stands where OpenAPI 3.1 has roles of the caller. */
function securityOf({ access }: MethodEntry): JsonObject[] {
  return [{ token: access.case === "permission" ? [access.value] : [] }];
}

function restBody(route: Route, schemas: MessageSchemas): JsonObject {
  const { body, verb } = route;
  const { input } = route.entry.method;
  if (body === "none") return {};
  if (body !== "message") return jsonBody(schemas.field(body), undefined, false);
  const without = new Set<DescField>(
    route.variables.flatMap(({ field }) => (field.length === 1 ? [field[0]] : [])),
  );
  const suffix = `${verb === "PATCH" ? "Patch" : ""}${without.size > 0 ? "Body" : ""}`;
  const mask = maskDeriver(route);
  const nullable = ({ jsonName }: DescField) =>
    mask !== undefined && mask.paths({ [jsonName]: null }).length > 0;
  const schema =
    suffix === "" ? schemas.message(input) : schemas.body(input, { suffix, without, nullable });
  return jsonBody(schema, sampleMessage(input, without), needsBody(input, without));
}

/** An empty body is the empty message, which some rules refuse. */
function needsBody({ fields, oneofs }: DescMessage, without: ReadonlySet<DescField>): boolean {
  const given = fields.filter((field) => !without.has(field));
  return given.some(isRequired) || oneofs.some(isOneofRequired);
}

function jsonBody(schema: JsonObject, example: JsonObject | undefined, required: boolean) {
  const media = { schema, ...(example === undefined ? {} : { example }) };
  return { required, content: { "application/json": media } };
}

/** @throws Error for templates that OpenAPI has no words for */
function pathOf({ segments, variables, verb }: PathTemplate): string {
  const texts = segments.map((segment, index) => {
    if (segment.kind === "literal") return segment.text;
    const variable = variables.find(({ start, end }) => start === index && end === index + 1);
    if (variable === undefined) throw new Error("a path variable must be one segment");
    return `{${variable.path.join(".")}}`;
  });
  return `/${texts.join("/")}${verb === "" ? "" : `:${verb}`}`;
}
