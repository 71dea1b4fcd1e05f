/**
 * Messages in proto JSON without what must never leave the server: fields marked debug_redact
 * (contract.md sections 3 and 6). Targets do not see them, so they can neither learn nor remove them.
 */
import type {
  DescExtension,
  DescField,
  DescMessage,
  DescOneof,
  JsonObject,
  JsonValue,
  Registry,
} from "@bufbuild/protobuf";

/**
 * The message without its redacted fields.
 *
 * @param json as toJson makes it
 * @param registry knows the types that google.protobuf.Any may hold
 */
export function withoutRedacted(schema: DescMessage, json: JsonValue, registry: Registry) {
  return new Redaction(registry).hide(schema, json);
}

/**
 * A message that a target made, with the redacted fields of the one it replaces, wherever both have
 * the message that holds them and the target has not set them anew. Elements of lists and maps have
 * no counterpart and get none.
 *
 * @param original as toJson makes it
 * @param answer any JSON
 */
export function keepRedacted(
  schema: DescMessage,
  original: JsonValue,
  answer: JsonValue,
  registry: Registry,
): JsonValue {
  return new Redaction(registry).keep(schema, original, answer);
}

type Field = DescField | DescExtension;

const anyName = "google.protobuf.Any";

class Redaction {
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  hide(schema: DescMessage, json: JsonValue): JsonValue {
    if (!isObject(json) || !mayHoldRedacted(schema)) return json;
    if (schema.typeName === anyName) {
      const inner = this.#typeInside(json);
      return inner === undefined ? json : this.#hideInside(inner, json);
    }
    const entries = Object.entries(json).flatMap(([key, value]) => {
      const field = this.#fieldOf(schema, key);
      if (field === undefined) return [[key, value] as const];
      return isRedacted(field) ? [] : [[key, this.#hideMembers(field, value)] as const];
    });
    return Object.fromEntries(entries);
  }

  /** An Any spells what it holds as its own members, or as "value" if that is an Any as well. */
  #hideInside(inner: DescMessage, json: JsonObject): JsonValue {
    if (inner.typeName !== anyName) return this.hide(inner, json);
    return { ...json, value: this.hide(inner, json.value ?? null) };
  }

  #hideMembers(field: Field, value: JsonValue): JsonValue {
    const { message, fieldKind } = field;
    if (message === undefined) return value;
    if (fieldKind === "message") return this.hide(message, value);
    if (Array.isArray(value)) return value.map((member) => this.hide(message, member));
    if (!isObject(value)) return value;
    const members = Object.entries(value);
    return Object.fromEntries(members.map(([key, member]) => [key, this.hide(message, member)]));
  }

  keep(schema: DescMessage, original: JsonValue, answer: JsonValue): JsonValue {
    if (!isObject(original) || !isObject(answer) || !mayHoldRedacted(schema)) return answer;
    if (schema.typeName === anyName) {
      const inner = original["@type"] === answer["@type"] ? this.#typeInside(original) : undefined;
      return inner === undefined ? answer : this.#keepInside(inner, original, answer);
    }
    const before = this.#members(schema, original);
    // What is null is absent, and must not be there twice.
    const given = this.#members(schema, answer).filter(
      ({ field, value }) => value !== null || !isRedacted(field),
    );
    const taken = placesOf(given);
    const hidden = before.filter(
      ({ field }) => isRedacted(field) && !(taken.has(field) || taken.has(field?.oneof)),
    );
    const values = new Map(before.map(({ field, value }) => [field, value]));
    const kept = given.map(({ key, value, field }) => {
      const same = values.get(field);
      return [key, same === undefined ? value : this.#keepMember(field, same, value)] as const;
    });
    return Object.fromEntries([...kept, ...hidden.map(({ key, value }) => [key, value] as const)]);
  }

  #keepMember(field: Field | undefined, original: JsonValue, answer: JsonValue): JsonValue {
    const { fieldKind, message } = field ?? {};
    if (fieldKind !== "message" || message === undefined) return answer;
    return this.keep(message, original, answer);
  }

  #members(schema: DescMessage, json: JsonObject): readonly Member[] {
    return Object.entries(json).map(([key, value]) => {
      return { key, value, field: this.#fieldOf(schema, key) };
    });
  }

  #keepInside(inner: DescMessage, original: JsonObject, answer: JsonObject): JsonValue {
    if (inner.typeName !== anyName) return this.keep(inner, original, answer);
    return { ...answer, value: this.keep(inner, original.value ?? null, answer.value ?? null) };
  }

  #typeInside(json: JsonObject): DescMessage | undefined {
    const { "@type": url } = json;
    if (typeof url !== "string") return undefined;
    return this.#registry.getMessage(url.slice(url.lastIndexOf("/") + 1));
  }

  /** @param key a name in JSON, in the spelling of the proto file, or "[extension]" */
  #fieldOf(schema: DescMessage, key: string): Field | undefined {
    if (key.startsWith("[")) return this.#registry.getExtension(key.slice(1, -1));
    return namesOf(schema).get(key);
  }
}

/** One member of a message in JSON; the field is undefined when the type has none of this name. */
interface Member {
  readonly key: string;
  readonly value: JsonValue;
  readonly field: Field | undefined;
}

/** What is set by these members: a field that is in a oneof leaves no room for the others of it. */
function placesOf(members: readonly Member[]): ReadonlySet<Field | DescOneof | undefined> {
  const set = members.filter(({ value, field }) => value !== null && field !== undefined);
  const places = new Set<Field | DescOneof | undefined>(set.map(({ field }) => field));
  for (const { field } of set) if (field?.oneof !== undefined) places.add(field.oneof);
  return places;
}

function isRedacted(field: Field | undefined): boolean {
  return field?.proto.options?.debugRedact === true;
}

const names = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** Fields by both names that proto JSON may have for them. */
function namesOf(schema: DescMessage): ReadonlyMap<string, DescField> {
  let found = names.get(schema);
  if (found === undefined) {
    found = new Map(
      schema.fields.flatMap((field) => [
        [field.name, field] as const,
        [field.jsonName, field] as const,
      ]),
    );
    names.set(schema, found);
  }
  return found;
}

const known = new WeakMap<DescMessage, boolean>();

/**
 * Tells whether a message, or one inside it, may have a redacted field. What Any holds and what
 * extends a message is not known beforehand.
 */
function mayHoldRedacted(schema: DescMessage): boolean {
  let found = known.get(schema);
  if (found === undefined) {
    found = [...reachableFrom(schema)].some(
      ({ typeName, proto, fields }) =>
        typeName === anyName || proto.extensionRange.length > 0 || fields.some(isRedacted),
    );
    known.set(schema, found);
  }
  return found;
}

/** A message type and all that are inside it, at any depth. */
function reachableFrom(schema: DescMessage): ReadonlySet<DescMessage> {
  const reached = new Set([schema]);
  // A set goes on with what is added while it is walked through.
  for (const { fields } of reached) {
    for (const { message } of fields) if (message !== undefined) reached.add(message);
  }
  return reached;
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
