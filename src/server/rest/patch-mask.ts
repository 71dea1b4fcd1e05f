/**
 * The update mask of a REST PATCH that names none: the top-level keys of its body (contract.md
 * section 4, AIP-134).
 */
import {
  create,
  type DescField,
  type DescMessage,
  type JsonObject,
  type Message,
} from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import { fieldByName, fieldsByName } from "./field-path.ts";
import { isObject } from "./json-shape.ts";
import type { Route } from "./routes.ts";

/** Fields that say how to update, not what. */
const commands: ReadonlySet<string> = new Set([
  "update_mask",
  "validate_only",
  "etag",
  "request_id",
  "expiration_signing_key",
]);

/** Derives masks for one route. */
export interface MaskDeriver {
  /**
   * The paths that the body names, in proto spelling; none when it has a mask of its own.
   *
   * @param request the JSON request while only body and query are in it
   */
  paths(request: JsonObject): string[];
  /** The same for a body that has these fields, which all have values. */
  pathsOf(fields: readonly DescField[]): string[];
  /** Sets the mask of the decoded request. */
  set(request: Message, paths: string[]): void;
}

/**
 * @returns undefined unless the route is a PATCH with a body and its request has an `update_mask`
 *   field of type google.protobuf.FieldMask
 */
export function maskDeriver(route: Route): MaskDeriver | undefined {
  const masked = maskedRoute(route);
  if (masked === undefined) return undefined;
  const { maskField } = masked;
  const { body } = route;
  return {
    paths(request) {
      const given = request[maskField.jsonName] ?? request[maskField.name] ?? "";
      const source = typeof body === "string" ? request : request[body.jsonName];
      return given === "" && isObject(source) ? namedFields(source, masked) : [];
    },
    pathsOf: (fields) => pathsOf(fields, masked),
    set(request, paths) {
      if (paths.length === 0) return;
      const values = request as unknown as Record<string, unknown>;
      values[maskField.localName] = create(FieldMaskSchema, { paths });
    },
  };
}

/** What a PATCH route needs to know of its request. */
interface MaskedRoute {
  readonly maskField: DescField;
  /** What the body's keys name. */
  readonly resource: DescMessage;
  /** Fields that come from the path. */
  readonly bound: ReadonlySet<string>;
}

function maskedRoute(route: Route): MaskedRoute | undefined {
  const { input } = route.entry.method;
  const maskField = fieldByName(input, "update_mask");
  const { body } = route;
  if (route.verb !== "PATCH" || body === "none") return undefined;
  if (maskField?.message?.typeName !== FieldMaskSchema.typeName || maskField.oneof)
    return undefined;
  const resource = body === "message" ? input : body.message;
  if (resource === undefined) return undefined;
  const depth = body === "message" ? 0 : 1;
  const inBody = route.variables.filter(({ field }) => depth === 0 || field[0] === body);
  const bound = new Set(inBody.flatMap(({ field }) => field[depth]?.name ?? []));
  return { maskField, resource, bound };
}

/** Names that are null count: they ask for a reset. */
function namedFields(source: JsonObject, masked: MaskedRoute): string[] {
  const fields = fieldsByName(masked.resource);
  return pathsOf(
    Object.keys(source).flatMap((key) => fields.get(key) ?? []),
    masked,
  );
}

function pathsOf(fields: readonly DescField[], { bound }: MaskedRoute): string[] {
  const paths: string[] = [];
  for (const { name } of fields) {
    if (!bound.has(name) && !commands.has(name) && !paths.includes(name)) paths.push(name);
  }
  return paths;
}
