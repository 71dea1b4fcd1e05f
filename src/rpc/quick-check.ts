/**
 * Tells at once that a request keeps the rules of its proto file, where that is simple. protovalidate looks at
 * messages through reflection, which takes a microsecond for the smallest. It checks whatever is not found
 * valid here, so nothing is refused here and no text of an error stands here.
 */
import {
  type DescField,
  type DescMessage,
  getOption,
  hasOption,
  isFieldSet,
  type Message,
} from "@bufbuild/protobuf";
import {
  EnumRulesSchema,
  type FieldRules,
  FieldRulesSchema,
  field as fieldRules,
  MapRulesSchema,
  message as messageRules,
  oneof as oneofRules,
  RepeatedRulesSchema,
  type StringRules,
  StringRulesSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** True for a value that keeps all rules; false where that is not known. */
type IsValid = (value: unknown) => boolean;

/** A message, or a member of it that is set in a oneof. */
type Local = Readonly<Record<string, unknown>>;

const checks = new WeakMap<DescMessage, IsValid>();

/** Tells whether a message is known to keep the rules of its type, which are read once. */
export function isSurelyValid(schema: DescMessage, message: Message): boolean {
  return message.$typeName === schema.typeName && checkOf(schema)(message);
}

function checkOf(schema: DescMessage): IsValid {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  const members: ((message: Local) => boolean)[] = [];
  const check: IsValid = (message) => {
    for (const isValid of members) if (!isValid(message as Local)) return false;
    return true;
  };
  // Before those of its fields, as a message may hold others of its type.
  checks.set(schema, check);
  if (hasOption(schema, messageRules)) members.push(notKnown);
  for (const oneof of schema.oneofs) {
    if (!getOption(oneof, oneofRules).required) continue;
    members.push((message) => caseOf(message, oneof.localName) !== undefined);
  }
  members.push(...schema.fields.flatMap((field) => fieldCheck(field) ?? []));
  return check;
}

function caseOf(message: Local, oneof: string): unknown {
  return (message[oneof] as Local).case;
}

/** @returns undefined for a field that may hold anything */
function fieldCheck(field: DescField): ((message: Local) => boolean) | undefined {
  const { localName, oneof } = field;
  const rules = getOption(field, fieldRules);
  const check = valueCheck(field, rules);
  if (check === undefined && !rules.required) return undefined;
  const isValid = check ?? (() => true);
  if (oneof !== undefined) {
    return (message) =>
      caseOf(message, oneof.localName) === localName
        ? isValid((message[oneof.localName] as Local).value)
        : !rules.required;
  }
  if (!rules.required) {
    return (message) => message[localName] === undefined || isValid(message[localName]);
  }
  return (message) => isPresent(message[localName]) && isValid(message[localName]);
}

/** False for what may count as absent. */
function isPresent(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : typeof value === "object" && !isEmpty(value);
}

function isEmpty(value: unknown): boolean {
  for (const _ in value as object) return false;
  return true;
}

/** Of any value with rules that are not known here. */
const notKnown = () => false;

/** @returns undefined where any value is valid */
function valueCheck(field: DescField, rules: FieldRules): IsValid | undefined {
  if (!hasOnly(FieldRulesSchema, rules, ["required", ...ruleKinds])) return notKnown;
  if (rules.type.case !== undefined) return ruleCheck(field, rules.type);
  // Messages of the library have no rules.
  if (!field.message || field.message.file.name.startsWith("google/protobuf/")) return undefined;
  const inner = field.message;
  return field.fieldKind === "message" ? (value) => checkOf(inner)(value) : isEmpty;
}

const ruleKinds = FieldRulesSchema.oneofs.flatMap(({ fields }) => fields.map(({ name }) => name));

function ruleCheck(field: DescField, { case: kind, value }: FieldRules["type"]): IsValid {
  switch (kind) {
    case "repeated":
      return hasOnly(RepeatedRulesSchema, value, ["max_items", "items"]) ? isEmpty : notKnown;
    case "map":
      return hasOnly(MapRulesSchema, value, ["max_pairs"]) ? isEmpty : notKnown;
    case "enum":
      if (!hasOnly(EnumRulesSchema, value, ["defined_only"])) return notKnown;
      return field.enum === undefined ? notKnown : oneOf(field.enum.values);
    case "string":
      return hasOnly(StringRulesSchema, value, ["min_len", "max_len"])
        ? textCheck(value)
        : notKnown;
    default:
      return notKnown;
  }
}

/** Tells whether no rules are set but these. */
function hasOnly(schema: DescMessage, rules: Message, names: readonly string[]): boolean {
  const others = schema.fields.filter(({ name }) => !names.includes(name));
  return rules.$unknown === undefined && !others.some((field) => isFieldSet(rules, field));
}

function oneOf(known: readonly { readonly number: number }[]): IsValid {
  const numbers = new Set<unknown>(known.map(({ number }) => number));
  return (value) => numbers.has(value);
}

/** The rules count code points, each of which is one or two units of a text. */
function textCheck(rules: StringRules): IsValid {
  const shortest = 2 * Number(rules.minLen) - 1;
  const isBounded = isFieldSet(rules, StringRulesSchema.field.maxLen);
  const longest = isBounded ? Number(rules.maxLen) : Number.POSITIVE_INFINITY;
  return (value) =>
    typeof value === "string" && value.length >= shortest && value.length <= longest;
}
