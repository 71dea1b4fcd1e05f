/** Makes answers comparable that differ only in what the server makes up. */
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

/** Kinds of made-up values by the name of their field. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["id", "id"],
  ["etag", "etag"],
  ["signingKey", "key"],
  ["signingKeyId", "key id"],
  ["keyId", "key id"],
  ["creationDate", "date"],
  ["changeDate", "date"],
  ["deletionDate", "date"],
  ["expirationDate", "date"],
  ["setDate", "date"],
  ["targetId", "id"],
]);

/**
 * Replaces made-up values by "<kind number>", numbered in the order of their first appearance: equal
 * values stay equal and different ones different.
 */
export class Relabeller {
  readonly #labels = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  relabel(json: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(json).map(([name, value]) => [name, this.#member(name, value)]),
    );
  }

  #member(name: string, value: JsonValue): JsonValue {
    const kind = kinds.get(name);
    if (kind !== undefined && typeof value === "string") return this.#label(kind, value);
    // The targets of an execution are told by their ids.
    const items = name === "targets" ? "id" : "";
    if (Array.isArray(value)) return value.map((item) => this.#member(items, item));
    return typeof value === "object" && value !== null ? this.relabel(value) : value;
  }

  #label(kind: string, value: string): string {
    const known = this.#labels.get(value);
    if (known !== undefined) return known;
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    this.#labels.set(value, `<${kind} ${number}>`);
    return `<${kind} ${number}>`;
  }
}
