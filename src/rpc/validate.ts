/** Checks a request against the rules of its proto file. */
import type { DescMessage, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { ApiError, type Violation } from "../errors/api-error.ts";
import { violationIds } from "../errors/violation-ids.ts";
import { describeViolations } from "../errors/violations.ts";
import { isSurelyValid } from "./quick-check.ts";

/** Finds the violations of the rules in the proto file. */
export type Validate = (schema: DescMessage, request: Message) => readonly Violation[];

/** Creates the check; rules are compiled once per message type. */
export function createValidate(): Validate {
  const validator = createValidator();
  return (schema, request) => {
    if (isSurelyValid(schema, request)) return [];
    const result = validator.validate(schema, request);
    if (result.kind === "error") throw result.error;
    return (result.violations ?? []).map(({ field, message }) => ({
      field: pathToString(field),
      description: message,
    }));
  };
}

/**
 * An INVALID_ARGUMENT for these violations, in the order of the field numbers; the first one
 * decides the error id (contract.md section 9).
 */
export function invalidArgument(schema: DescMessage, violations: readonly Violation[]): ApiError {
  const numbers = new Map(violations.map((v) => [v, fieldNumber(schema, v.field)]));
  const sorted = violations.toSorted((a, b) => (numbers.get(a) ?? 0) - (numbers.get(b) ?? 0));
  const id = sorted[0] && violationId(schema, sorted[0]);
  return new ApiError("invalidArgument", {
    ...describeViolations(sorted),
    ...(id === undefined ? {} : { id }),
  });
}

function violationId(schema: DescMessage, violation: Violation): string | undefined {
  const key = `${schema.name}.${violation.field.replaceAll(/\[[^\]]*\]/g, "")}`;
  return violationIds.get(violation.kind === undefined ? key : `${key}:${violation.kind}`);
}

function fieldNumber(schema: DescMessage, path: string): number {
  const name = path.split(/[.[]/, 1)[0];
  const field = schema.fields.find((candidate) => candidate.name === name);
  const oneof = schema.oneofs.find((candidate) => candidate.name === name);
  return field?.number ?? oneof?.fields[0]?.number ?? 0;
}
