/** JSON of earlier versions that clients still send, put into today's form. */
import type { DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { SetExecutionRequestSchema } from "../../../gen/zitadel/action/v2beta/execution_messages_pb.ts";
import { isObject } from "./json-shape.ts";

/** Changes an object in place; tells whether it did. */
type Replace = (json: JsonObject) => boolean;

/** By the type of the message. */
const replacements: ReadonlyMap<string, Replace> = new Map([
  [SetExecutionRequestSchema.typeName, unwrapTargets],
]);

/**
 * Replaces older forms in the JSON of a request message. To be called before the JSON is checked;
 * what is no older form either is left for that check to refuse.
 *
 * @returns whether anything was replaced
 */
export function replaceOlderJson(desc: DescMessage, json: JsonObject): boolean {
  return replacements.get(desc.typeName)?.(json) ?? false;
}

/** Targets were objects, `{"target": "<id>"}`, before they were ids (contract.md section 1). */
function unwrapTargets(json: JsonObject): boolean {
  const { targets } = json;
  if (!Array.isArray(targets) || !targets.some(isObject)) return false;
  json.targets = targets.map(unwrapTarget);
  return true;
}

/** With other keys it would mean something else: `include` named another execution. */
function unwrapTarget(entry: JsonValue): JsonValue {
  if (!isObject(entry) || Object.keys(entry).length !== 1) return entry;
  return typeof entry.target === "string" ? entry.target : entry;
}
