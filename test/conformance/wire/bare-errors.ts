/** Stands in for src/errors/to-wire.ts; see without-details.ts. */
import type { ConnectError } from "@connectrpc/connect";
import type { ApiError } from "../../../src/errors/api-error.ts";
import { toConnectError as withDetails } from "../../../src/errors/to-wire.ts";
import { AskedError } from "./asked-error.ts";

export * from "../../../src/errors/to-wire.ts";

export function toConnectError(error: ApiError): ConnectError {
  if (error instanceof AskedError) return error.wire;
  const wire = withDetails(error);
  wire.details = [];
  return wire;
}
