/**
 * Checks that a JSON value fits a message type before fromJson reads it, for three reasons: every
 * mistake is found at once and named by its field, no text repeats a value, and what fromJson lets
 * pass is refused too (unknown enum names, "10 s" spelled "10sx", the 30th of February).
 */
import type { DescField, DescMessage, JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ApiError, type Violation } from "../../errors/api-error.ts";
import { describeViolations, maxViolations } from "../../errors/violations.ts";
import { shorten } from "../../json/strict-json.ts";
import { enumRule, mapKeyRule, type ScalarRule, scalarRule } from "./json-scalars.ts";
import { wellKnownRule } from "./json-well-known.ts";

/**
 * Checks an object against a message type. Unknown keys are left alone. Members that are null are
 * removed: ProtoJSON takes them as absent.
 *
 * @throws ApiError malformed with every mistake
 */
export function checkShape(desc: DescMessage, json: JsonObject): void {
  const report = new Report();
  messageChecker(desc)(json, report);
  report.throwAny();
}

/** Collects mistakes under the proto path of their field. */
export class Report {
  readonly #path: string[] = [];
  readonly #violations: Violation[] = [];

  within(step: string, check: () => void): void {
    this.#path.push(step);
    check();
    this.#path.pop();
  }

  add(description: string): void {
    if (this.#violations.length === maxViolations) return;
    this.#violations.push({ field: this.#path.join("").replace(/^\./, ""), description });
  }

  throwAny(): void {
    if (this.#violations.length === 0) return;
    throw malformed(this.#violations);
  }
}

/** An error for fields that cannot be read. */
export function malformed(violations: readonly Violation[]): ApiError {
  return new ApiError("malformed", describeViolations(violations));
}

type Checker = (json: JsonValue, report: Report) => void;

const checkers = new WeakMap<DescMessage, Checker>();

function messageChecker(desc: DescMessage): Checker {
  const known = checkers.get(desc);
  if (known !== undefined) return known;
  const rule = wellKnownRule(desc);
  const checker = rule === undefined ? objectChecker(desc) : ruleChecker(rule);
  checkers.set(desc, checker);
  return checker;
}

function ruleChecker(rule: ScalarRule): Checker {
  return (json, report) => {
    const problem = rule(json);
    if (problem !== undefined) report.add(problem);
  };
}

interface Member {
  readonly field: DescField;
  readonly step: string;
  /** Made at first use: message types may contain themselves. */
  check: Checker | undefined;
}

function objectChecker(desc: DescMessage): Checker {
  const members = new Map<string, Member>();
  for (const field of desc.fields) {
    const member: Member = { field, step: `.${field.name}`, check: undefined };
    members.set(field.name, member).set(field.jsonName, member);
  }
  return (json, report) => {
    if (!isObject(json)) return report.add("must be an object");
    const seen = new Set<DescField>();
    const oneofs = new Map<unknown, DescField>();
    for (const key of Object.keys(json)) {
      const member = members.get(key);
      if (member === undefined) continue;
      report.within(member.step, () => checkMember(member, json, key, { seen, oneofs }, report));
    }
  };
}

/** What an object has shown so far. */
interface Shown {
  readonly seen: Set<DescField>;
  readonly oneofs: Map<unknown, DescField>;
}

function checkMember(
  member: Member,
  json: JsonObject,
  key: string,
  shown: Shown,
  report: Report,
): void {
  const { field } = member;
  if (shown.seen.has(field)) report.add("is given under both of its names");
  shown.seen.add(field);
  const value = json[key] as JsonValue;
  if (value === null && !nullIsValue(field)) {
    delete json[key];
    return;
  }
  const twin = field.oneof && shown.oneofs.get(field.oneof);
  if (twin !== undefined && twin !== field)
    report.add(`cannot be given together with ${twin.name}`);
  if (field.oneof !== undefined) shown.oneofs.set(field.oneof, field);
  member.check ??= fieldChecker(field);
  member.check(value, report);
}

/** For two types null is a value of its own. */
function nullIsValue(field: DescField): boolean {
  return (
    field.message?.typeName === "google.protobuf.Value" ||
    field.enum?.typeName === "google.protobuf.NullValue"
  );
}

function fieldChecker(field: DescField): Checker {
  const one = valueChecker(field);
  if (field.fieldKind === "list") return listChecker(one);
  if (field.fieldKind === "map") return mapChecker(one, mapKeyRule(field.mapKey));
  return one;
}

function valueChecker(field: DescField): Checker {
  if (field.message !== undefined) return messageChecker(field.message);
  if (field.enum !== undefined) {
    const rule = enumRule(field.enum);
    const nullable = nullIsValue(field);
    return ruleChecker((json) => (json === null && nullable ? undefined : rule(json)));
  }
  return ruleChecker(scalarRule(field.scalar));
}

function listChecker(one: Checker): Checker {
  return (json, report) => {
    if (!Array.isArray(json)) return report.add("must be an array");
    for (const [index, item] of json.entries())
      report.within(`[${index}]`, () => one(item, report));
  };
}

function mapChecker(one: Checker, keyRule: ScalarRule): Checker {
  return (json, report) => {
    if (!isObject(json)) return report.add("must be an object");
    for (const [key, value] of Object.entries(json)) {
      report.within(`[${JSON.stringify(shorten(key))}]`, () => {
        const problem = keyRule(key);
        if (problem !== undefined) report.add(`as a key ${problem}`);
        one(value, report);
      });
    }
  };
}

/** Tells objects from arrays, scalars and null. */
export function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
