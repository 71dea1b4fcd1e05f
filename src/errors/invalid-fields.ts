import type { Violation } from "./api-error.ts";

/**
 * Thrown by domain code for mistakes that only show against the current state. The pipeline turns
 * it into INVALID_ARGUMENT for the method at hand.
 */
export class InvalidFields extends Error {
  override readonly name = "InvalidFields";
  readonly violations: readonly Violation[];

  constructor(violations: readonly Violation[]) {
    super("invalid fields");
    this.violations = violations;
  }
}
