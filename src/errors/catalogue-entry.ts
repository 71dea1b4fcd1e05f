import type { Code } from "@connectrpc/connect";

/** One row of the catalogue. */
export interface CatalogueEntry {
  /** google.rpc.ErrorInfo reason, UPPER_SNAKE_CASE. */
  readonly reason: string;
  /** gRPC status code. */
  readonly code: Code;
  /** zitadel.v1.ErrorDetail id. */
  readonly id: string;
  /** English text; details may be appended. */
  readonly text: string;
}
