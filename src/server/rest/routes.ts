/** Compiles the google.api.http annotations of all methods into routes. */
import { type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import { http } from "../../../gen/google/api/annotations_pb.ts";
import type { HttpRule } from "../../../gen/google/api/http_pb.ts";
import type { MethodEntry, MethodTable } from "../../rpc/method-table.ts";
import { type FieldPath, fieldByName, protoPath, resolveFieldPath } from "./field-path.ts";
import { hasTextForm } from "./json-well-known.ts";
import { type PathTemplate, parseTemplate } from "./template.ts";
import { RouteTrie } from "./trie.ts";

/** A path variable of a route. */
export interface BoundVariable {
  readonly field: FieldPath;
  /** Field path in proto spelling. */
  readonly name: string;
  readonly start: number;
  /** Undefined for all segments that are left. */
  readonly end: number | undefined;
}

/** One way to call a method over HTTP. */
export interface Route {
  readonly entry: MethodEntry;
  /** HTTP method in upper case, "*" for any. */
  readonly verb: string;
  readonly variables: readonly BoundVariable[];
  /** What the body holds: nothing, the request message, or one field of it. */
  readonly body: "none" | "message" | DescField;
  /** The one field of the response that is answered; undefined for all of it. */
  readonly responseBody: DescField | undefined;
}

/**
 * Compiles the routes of all annotated methods.
 *
 * @param make turns a route into what the trie finds
 * @throws Error naming the method, when a template is wrong, names no proper field, equals another
 *   one of the same verb, or belongs to a streaming method
 */
export function compileRoutes<T>(methods: MethodTable, make: (route: Route) => T): RouteTrie<T> {
  const trie = new RouteTrie<T>();
  for (const entry of methods.values()) {
    try {
      for (const [template, route] of routesOf(entry)) {
        trie.add(route.verb, template, make(route));
      }
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new Error(`${entry.name}: ${problem}`, { cause: error });
    }
  }
  return trie;
}

/**
 * The routes of one method with their path templates; none without an annotation.
 *
 * @throws Error when one is wrong
 */
export function* routesOf(entry: MethodEntry): Iterable<[PathTemplate, Route]> {
  const { input, output, methodKind } = entry.method;
  if (!hasOption(entry.method, http)) return;
  const rule = getOption(entry.method, http);
  if (methodKind !== "unary") throw new Error("a streaming method cannot have a route");
  for (const binding of [rule, ...rule.additionalBindings]) {
    if (binding !== rule && binding.additionalBindings.length > 0) {
      throw new Error("additional_bindings cannot be nested");
    }
    const { verb, path } = patternOf(binding);
    const template = parseTemplate(path);
    const variables = bindVariables(input, template);
    const body = bodyOf(input, binding.body);
    const { responseBody: answered } = binding;
    const responseBody = answered === "" ? undefined : topLevelField(output, answered);
    yield [template, { entry, verb, variables, body, responseBody }];
  }
}

function patternOf({ pattern }: HttpRule): { readonly verb: string; readonly path: string } {
  if (pattern.case === undefined) throw new Error("the http rule has no path");
  if (pattern.case === "custom") return { verb: pattern.value.kind, path: pattern.value.path };
  return { verb: pattern.case.toUpperCase(), path: pattern.value };
}

function bindVariables(input: DescMessage, template: PathTemplate): readonly BoundVariable[] {
  return template.variables.map(({ path, start, end }) => {
    const name = path.join(".");
    const field = resolveFieldPath(input, path);
    if (field === undefined) throw new Error(`${input.typeName} has no field ${name}`);
    const leaf = field[field.length - 1] ?? field[0];
    const text = leaf.fieldKind === "message" ? hasTextForm(leaf.message) : isSingular(leaf);
    if (!text) throw new Error(`the field ${name} cannot be a path variable`);
    return { field, name: protoPath(field), start, end };
  });
}

function isSingular(field: DescField): boolean {
  return field.fieldKind === "scalar" || field.fieldKind === "enum";
}

function bodyOf(input: DescMessage, body: string): Route["body"] {
  if (body === "") return "none";
  return body === "*" ? "message" : topLevelField(input, body);
}

function topLevelField(desc: DescMessage, name: string): DescField {
  const field = fieldByName(desc, name);
  if (field === undefined) throw new Error(`${desc.typeName} has no field ${name}`);
  return field;
}
