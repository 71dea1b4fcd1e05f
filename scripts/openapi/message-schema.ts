/** JSON Schemas of messages and enums, collected as components of the document. */
import { isDeepStrictEqual } from "node:util";
import type { DescEnum, DescField, DescMessage, DescOneof, JsonObject } from "@bufbuild/protobuf";
import { FieldMaskSchema } from "@bufbuild/protobuf/wkt";
import type { CommentOf } from "./comments.ts";
import { exampleOf } from "./examples.ts";
import {
  containerLimits,
  isOneofRequired,
  isRequired,
  itemRules,
  rulesOf,
  valueLimits,
} from "./limits.ts";
import { keySchema, scalarSchema, wellKnownSchema } from "./value-schema.ts";

/** Tells whether a message is part of requests only, of answers only, or of both. */
export type Direction = "request" | "response" | "both";

/** How the body of a request differs from its message. */
export interface BodyShape {
  /** Component name, besides that of the message. */
  readonly suffix: string;
  /** Top-level fields that come from elsewhere. */
  readonly without: ReadonlySet<DescField>;
  /** Tells whether null means something for a field. */
  readonly nullable: (field: DescField) => boolean;
}

export class MessageSchemas {
  readonly #commentOf: CommentOf;
  readonly #directionOf: (desc: DescMessage) => Direction;
  readonly #components = new Map<string, JsonObject>();

  constructor(commentOf: CommentOf, directionOf: (desc: DescMessage) => Direction) {
    this.#commentOf = commentOf;
    this.#directionOf = directionOf;
  }

  /** All schemas that were asked for, by name. */
  components(): JsonObject {
    const names = [...this.#components.keys()].sort();
    return Object.fromEntries(names.map((name) => [name, this.#components.get(name) ?? {}]));
  }

  /** A reference to the schema of a message, or the schema itself of a well-known one. */
  message(desc: DescMessage): JsonObject {
    return wellKnownSchema(desc) ?? this.#refer(desc.typeName, () => this.#object(desc));
  }

  /**
   * A reference to the schema of a request body.
   *
   * @throws Error when another body has its name
   */
  body(desc: DescMessage, shape: BodyShape): JsonObject {
    const name = `${desc.typeName}${shape.suffix}`;
    const schema = this.#object(desc, shape);
    const reference = this.#refer(name, () => schema);
    if (isDeepStrictEqual(this.#components.get(name), schema)) return reference;
    throw new Error(`${name} would stand for two bodies`);
  }

  /** The schema of a field, with its comment. */
  field(field: DescField): JsonObject {
    const description = this.#fieldText(field);
    const example = exampleOf(field);
    return {
      ...this.#value(field),
      ...(description === "" ? {} : { description }),
      ...(example === undefined ? {} : { examples: [example] }),
      ...this.#secrecy(field),
    };
  }

  #fieldText(field: DescField): string {
    const comment = this.#commentOf(`${field.parent.typeName}.${field.name}`);
    if (field.message?.typeName !== FieldMaskSchema.typeName) return comment;
    return `${comment} In JSON the names are in lowerCamelCase, with commas between.`.trim();
  }

  #refer(name: string, make: () => JsonObject): JsonObject {
    if (!this.#components.has(name)) {
      // Messages may contain themselves.
      this.#components.set(name, {});
      this.#components.set(name, make());
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #object(desc: DescMessage, shape?: BodyShape): JsonObject {
    const fields = desc.fields.filter((field) => !shape?.without.has(field));
    const properties = fields.map((field) => {
      const schema = this.field(field);
      const nullable = shape?.nullable(field) === true;
      return [field.jsonName, nullable ? { anyOf: [schema, { type: "null" }] } : schema];
    });
    const description = this.#commentOf(desc.typeName);
    const required = fields.filter(isRequired).map((field) => field.jsonName);
    const choices = desc.oneofs.map(choice);
    return {
      type: "object",
      ...(description === "" ? {} : { description }),
      properties: Object.fromEntries(properties),
      ...(required.length === 0 ? {} : { required }),
      ...(choices.length > 1 ? { allOf: choices } : choices[0]),
    };
  }

  #value(field: DescField): JsonObject {
    const rules = rulesOf(field);
    if (field.fieldKind === "list") {
      const own = itemRules(rules);
      const items = { ...this.#single(field), ...(own && valueLimits(own)) };
      return { type: "array", items, ...containerLimits(rules) };
    }
    if (field.fieldKind === "map") {
      const names = keySchema(field.mapKey);
      return {
        type: "object",
        additionalProperties: this.#single(field),
        ...(names === undefined ? {} : { propertyNames: names }),
        ...containerLimits(rules),
      };
    }
    return { ...this.#single(field), ...valueLimits(rules) };
  }

  /** A value of a field, or of its elements. */
  #single({ message, enum: values, scalar }: DescField): JsonObject {
    if (message !== undefined) return this.message(message);
    if (values !== undefined) return this.#enum(values);
    if (scalar === undefined) throw new Error("a field has a type");
    return scalarSchema(scalar);
  }

  #enum(desc: DescEnum): JsonObject {
    return this.#refer(desc.typeName, () => {
      const values = desc.values.map(({ name }) => name);
      const told = values.flatMap((name) => {
        const comment = this.#commentOf(`${desc.typeName}.${name}`);
        return comment === "" ? [] : [`- \`${name}\`: ${comment}`];
      });
      const parts = [this.#commentOf(desc.typeName), told.join("\n")];
      const description = parts.filter((part) => part !== "").join("\n\n");
      return { type: "string", ...(description === "" ? {} : { description }), enum: values };
    });
  }

  /** Secrets of requests are not read back; those of answers are made by the server. */
  #secrecy(field: DescField): JsonObject {
    if (field.proto.options?.debugRedact !== true) return {};
    const direction = this.#directionOf(field.parent);
    if (direction === "both") return {};
    const hint = direction === "request" ? { writeOnly: true } : { readOnly: true };
    return field.fieldKind === "scalar" ? { ...hint, format: "password" } : hint;
  }
}

/** At most one field of a oneof may be given, and one must be where a rule says so. */
function choice(oneof: DescOneof): JsonObject {
  const each = oneof.fields.map((field) => ({ required: [field.jsonName] }));
  return { oneOf: isOneofRequired(oneof) ? each : [...each, { not: { anyOf: each } }] };
}
