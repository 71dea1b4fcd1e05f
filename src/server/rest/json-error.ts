/** Errors as REST answers (contract.md section 9). */
import { createRegistry, toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../../gen/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { ErrorDetailSchema } from "../../../gen/zitadel/v1/error_detail_pb.ts";
import type { ApiError } from "../../errors/api-error.ts";
import { catalogue } from "../../errors/catalogue.ts";
import type { CatalogueEntry } from "../../errors/catalogue-entry.ts";
import { toStatus } from "../../errors/to-wire.ts";
import type { Answer } from "./answer.ts";

/** The HTTP status of a code where the error is none of HTTP itself. */
export const statusByCode: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

/** Errors of HTTP itself, whose code alone would say something else. */
const statusByEntry: ReadonlyMap<CatalogueEntry, number> = new Map<CatalogueEntry, number>([
  [catalogue.wrongVerb, 405],
  [catalogue.bodyTooLarge, 413],
  [catalogue.wrongContentType, 415],
]);

const detailTypes = createRegistry(
  ErrorDetailSchema,
  ErrorInfoSchema,
  BadRequestSchema,
  RetryInfoSchema,
);

/** The HTTP status of an error. */
export function httpStatus(error: ApiError): number {
  return statusByEntry.get(error.entry) ?? statusByCode[error.entry.code];
}

/** The whole answer: status, the error's own headers, google.rpc.Status as JSON. */
export function errorAnswer(error: ApiError): Answer {
  const json = toJson(StatusSchema, toStatus(error), { registry: detailTypes });
  return { status: httpStatus(error), headers: error.headers, body: JSON.stringify(json) };
}
