/** An error of a unary method that the suite asks for, in the form that the pipeline may throw. */
import type { ConnectError } from "@connectrpc/connect";
import { ApiError } from "../../../src/errors/api-error.ts";

export class AskedError extends ApiError {
  /** What is to be sent. */
  readonly wire: ConnectError;

  constructor(wire: ConnectError) {
    super("internal", { cause: wire });
    this.wire = wire;
  }
}
