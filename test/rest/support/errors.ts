import { expect } from "vitest";
import { ApiError } from "../../../src/errors/api-error.ts";

/** Runs what must fail with an ApiError and gives the error back. */
export function apiErrorOf(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    if (error instanceof ApiError) return error;
  }
  throw new Error("nothing was thrown");
}

/** The fields that an error names, in order. */
export function fieldsOf(error: ApiError): readonly string[] {
  return error.violations.map(({ field }) => field);
}
