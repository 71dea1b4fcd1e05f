/** Checks a request against the rules of its proto file and of its handler, all at once. */
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation as RuleViolation } from "@bufbuild/protovalidate";
import { ApiError, type Violation } from "../errors/api-error.ts";
import { violationIds } from "../errors/catalogue.ts";

/**
 * @param schema type of the request
 * @param request the message
 * @param more violations found by the handler's own rules
 * @throws ApiError invalidArgument with every violation, in the order of the field numbers
 */
export type Validate = (schema: DescMessage, request: Message, more: readonly Violation[]) => void;

/** Creates the check; rules are compiled once per message type. */
export function createValidate(): Validate {
  const validator = createValidator();
  return (schema, request, more) => {
    const result = validator.validate(schema, request);
    if (result.kind === "error") throw result.error;
    if (result.kind === "valid" && more.length === 0) return;
    const violations = [...(result.violations ?? []).map(describe), ...more];
    violations.sort((a, b) => fieldNumber(schema, a.field) - fieldNumber(schema, b.field));
    throw invalidArgument(schema, violations);
  };
}

/** An INVALID_ARGUMENT for these violations; the first one decides the error id. */
export function invalidArgument(schema: DescMessage, violations: readonly Violation[]): ApiError {
  const id = violations[0] && violationId(schema, violations[0]);
  return new ApiError("invalidArgument", {
    detail: violations.map((v) => `${v.field}: ${v.description}`).join("; "),
    violations,
    ...(id === undefined ? {} : { id }),
  });
}

function describe(violation: RuleViolation): Violation {
  return { field: pathToString(violation.field), description: violation.message };
}

function violationId(schema: DescMessage, violation: Violation): string | undefined {
  const field = violation.field.replaceAll(/\[[^\]]*\]/g, "");
  const key = `${schema.name}.${field}`;
  const byKind = violation.kind && violationIds.get(`${key}:${violation.kind}`);
  return byKind || violationIds.get(key) || violationIds.get(`${schema.name}.${topLevel(field)}`);
}

function fieldNumber(schema: DescMessage, path: string): number {
  const name = topLevel(path);
  const field = schema.fields.find((candidate) => candidate.name === name);
  const oneof = schema.oneofs.find((candidate) => candidate.name === name);
  return field?.number ?? oneof?.fields[0]?.number ?? 0;
}

function topLevel(path: string): string {
  return path.split(/[.[]/, 1)[0] ?? path;
}
