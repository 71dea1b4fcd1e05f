import type { JsonValue } from "@bufbuild/protobuf";

/** Tells whether every number can be written as JSON again: 1e999 is read as Infinity. */
export function isFiniteJson(json: JsonValue): boolean {
  if (typeof json === "number") return Number.isFinite(json);
  if (typeof json !== "object" || json === null) return true;
  return Object.values(json).every(isFiniteJson);
}
