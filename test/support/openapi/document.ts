/** The OpenAPI document as it is committed. */
import { readFileSync } from "node:fs";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { listOf, objectOf } from "../../../scripts/openapi/page/schema-view.ts";

export { listOf, objectOf };

export const openapiUrl = new URL("../../../gen/openapi/openapi.json", import.meta.url);

/** Reads a document of one's own to change. */
export function readDocument(): JsonObject {
  return JSON.parse(readFileSync(openapiUrl, "utf8"));
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: JsonObject;
  readonly example: JsonValue | undefined;
}

/** One operation, read for calls. */
export interface Operation {
  readonly id: string;
  readonly path: string;
  /** In upper case. */
  readonly verb: string;
  readonly parameters: readonly Parameter[];
  /** Absent where there is no body. */
  readonly body: { readonly schema: JsonObject; readonly example: JsonObject } | undefined;
  readonly responses: JsonObject;
  /** Undefined where no credential is needed, empty where any will do. */
  readonly permission: string | undefined;
}

export function operationsOf(document: JsonObject): readonly Operation[] {
  return Object.entries(objectOf(document.paths)).flatMap(([path, verbs]) =>
    Object.entries(objectOf(verbs)).map(([verb, operation]) =>
      read(path, verb.toUpperCase(), objectOf(operation)),
    ),
  );
}

function read(path: string, verb: string, operation: JsonObject): Operation {
  const media = objectOf(objectOf(objectOf(operation.requestBody).content)["application/json"]);
  const [requirement] = listOf(operation.security);
  const [permission = ""] = listOf(objectOf(requirement).token);
  return {
    ...{ id: String(operation.operationId), path, verb },
    parameters: listOf(operation.parameters) as unknown as readonly Parameter[],
    body:
      operation.requestBody === undefined
        ? undefined
        : { schema: objectOf(media.schema), example: objectOf(media.example) },
    responses: objectOf(operation.responses),
    permission: requirement === undefined ? undefined : String(permission),
  };
}
