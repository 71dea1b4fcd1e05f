/**
 * The one mapping from errors to what callers see. An error that is no {@link ApiError} is a bug or
 * an outage: it is hidden behind a correlation id, and the log gets the id with the cause.
 */
import { create, type DescMessage, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../gen/google/rpc/error_details_pb.ts";
import { type Status, StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { ErrorDetailSchema } from "../../gen/zitadel/v1/error_detail_pb.ts";
import { StoreError } from "../store/store.ts";
import { ApiError } from "./api-error.ts";

/** Writes an unexpected error to the log under its correlation id. */
export type ReportBug = (correlationId: string, cause: unknown) => void;

/** Domain of google.rpc.ErrorInfo. */
export const errorDomain = "targetd";

/**
 * Makes whatever was thrown an ApiError.
 *
 * @param report called with what the caller must not see
 */
export function toApiError(thrown: unknown, report: ReportBug): ApiError {
  if (thrown instanceof ApiError) return thrown;
  const correlationId = crypto.randomUUID();
  report(correlationId, thrown);
  const name =
    thrown instanceof StoreError && thrown.code === "unavailable" ? "unavailable" : "internal";
  return new ApiError(name, {
    detail: `correlation id ${correlationId}`,
    metadata: { correlation_id: correlationId },
    cause: thrown,
  });
}

/** One status detail: a message with its type. */
export interface Detail<Desc extends DescMessage = DescMessage> {
  readonly desc: Desc;
  readonly value: MessageInitShape<Desc>;
}

/** The text on the wire: the sentence with its id in brackets, as ZITADEL writes it. */
export function wireMessage(error: ApiError): string {
  return `${error.message} (${error.id})`;
}

/** The status details of an error (contract.md section 9). */
export function detailsOf(error: ApiError): readonly Detail[] {
  const details: Detail[] = [
    { desc: ErrorDetailSchema, value: { id: error.id, message: error.message } },
    {
      desc: ErrorInfoSchema,
      value: { reason: error.entry.reason, domain: errorDomain, metadata: { ...error.metadata } },
    },
  ];
  if (error.entry.code === Code.InvalidArgument && error.violations.length > 0) {
    const fieldViolations = error.violations.map(({ field, description }) => ({
      field,
      description,
    }));
    details.push({ desc: BadRequestSchema, value: { fieldViolations } });
  }
  const { "retry-after": seconds } = error.headers;
  if (seconds !== undefined) {
    details.push({ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(seconds) } } });
  }
  return details;
}

/** The error as connect-node sends it over gRPC, gRPC-Web and Connect. */
export function toConnectError(error: ApiError): ConnectError {
  return new ConnectError(
    wireMessage(error),
    error.entry.code,
    { ...error.headers },
    [...detailsOf(error)],
    error,
  );
}

/** The error as google.rpc.Status, the body of REST errors. */
export function toStatus(error: ApiError): Status {
  return create(StatusSchema, {
    code: error.entry.code,
    message: wireMessage(error),
    details: detailsOf(error).map(({ desc, value }) =>
      anyPack(desc, create(desc, value as MessageInitShape<DescMessage>) as Message),
    ),
  });
}
