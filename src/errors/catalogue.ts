/**
 * Every error a caller can see, once: what it means (reason), how it travels (code), the id that
 * clients match on, and its text. Ids in upper case with a dash come from contract.md section 9;
 * the others are ours and just as stable.
 */
import { Code } from "@connectrpc/connect";

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

export const catalogue = {
  unauthenticated: {
    reason: "UNAUTHENTICATED",
    code: Code.Unauthenticated,
    id: "AUTH-7fs1e",
    text: "the access token is missing, unknown or expired",
  },
  permissionDenied: {
    reason: "PERMISSION_DENIED",
    code: Code.PermissionDenied,
    id: "AUTH-5mWD2",
    text: "the caller lacks a permission",
  },
  featureOff: {
    reason: "FEATURE_OFF",
    code: Code.FailedPrecondition,
    id: "TARGETD-FEATURE-OFF",
    text: "the feature is switched off",
  },
  invalidArgument: {
    reason: "INVALID_ARGUMENT",
    code: Code.InvalidArgument,
    id: "TARGETD-INVALID-ARGUMENT",
    text: "the request is invalid",
  },
  malformed: {
    reason: "MALFORMED_REQUEST",
    code: Code.InvalidArgument,
    id: "TARGETD-MALFORMED",
    text: "the request cannot be read",
  },
  requestIdReused: {
    reason: "REQUEST_ID_REUSED",
    code: Code.InvalidArgument,
    id: "TARGETD-REQUEST-ID-REUSED",
    text: "request_id was used before with other content",
  },
  updateTargetNotFound: {
    reason: "TARGET_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-xj14f2cccn",
    text: "the target does not exist",
  },
  getTargetNotFound: {
    reason: "TARGET_NOT_FOUND",
    code: Code.NotFound,
    id: "QUERY-hj5oaniyrz",
    text: "the target does not exist",
  },
  targetNameTaken: {
    reason: "TARGET_NAME_TAKEN",
    code: Code.AlreadyExists,
    id: "V3-DKcYh",
    text: "another target has this name",
  },
  etagMismatch: {
    reason: "ETAG_MISMATCH",
    code: Code.Aborted,
    id: "TARGETD-ETAG-MISMATCH",
    text: "the etag is not the current one; read the target again",
  },
  tooManySigningKeys: {
    reason: "TOO_MANY_SIGNING_KEYS",
    code: Code.FailedPrecondition,
    id: "TARGETD-TOO-MANY-SIGNING-KEYS",
    text: "five previous signing keys are still valid",
  },
  tokenNotFound: {
    reason: "TOKEN_NOT_FOUND",
    code: Code.NotFound,
    id: "TARGETD-TOKEN-NOT-FOUND",
    text: "the token does not exist",
  },
  lastToken: {
    reason: "LAST_TOKEN",
    code: Code.FailedPrecondition,
    id: "TARGETD-LAST-TOKEN",
    text: "no other token of the instance has the role IAM_OWNER and never expires",
  },
  tooManyTokens: {
    reason: "TOO_MANY_TOKENS",
    code: Code.FailedPrecondition,
    id: "TARGETD-TOO-MANY-TOKENS",
    text: "the instance has 10,000 tokens that still work; revoke some of them first",
  },
  instanceNotFound: {
    reason: "INSTANCE_NOT_FOUND",
    code: Code.NotFound,
    id: "TARGETD-INSTANCE-NOT-FOUND",
    text: "the instance does not exist",
  },
  instanceExists: {
    reason: "INSTANCE_EXISTS",
    code: Code.AlreadyExists,
    id: "TARGETD-INSTANCE-EXISTS",
    text: "the instance id is or was in use",
  },
  defaultInstance: {
    reason: "DEFAULT_INSTANCE",
    code: Code.FailedPrecondition,
    id: "TARGETD-DEFAULT-INSTANCE",
    text: "the default instance cannot be deleted",
  },
  notImplemented: {
    reason: "NOT_IMPLEMENTED",
    code: Code.Unimplemented,
    id: "TARGETD-NOT-IMPLEMENTED",
    text: "this method is not available in this version",
  },
  unknownPath: {
    reason: "UNKNOWN_PATH",
    code: Code.NotFound,
    id: "TARGETD-UNKNOWN-PATH",
    text: "nothing is served at this path",
  },
  unknownMethod: {
    reason: "UNKNOWN_METHOD",
    code: Code.Unimplemented,
    id: "TARGETD-UNKNOWN-METHOD",
    text: "the service or method does not exist",
  },
  unknownEncoding: {
    reason: "UNKNOWN_ENCODING",
    code: Code.Unimplemented,
    id: "TARGETD-UNKNOWN-ENCODING",
    text: "the encoding of the message is not known",
  },
  wrongVerb: {
    reason: "WRONG_VERB",
    code: Code.Unimplemented,
    id: "TARGETD-WRONG-VERB",
    text: "this path exists under another verb",
  },
  wrongContentType: {
    reason: "WRONG_CONTENT_TYPE",
    code: Code.InvalidArgument,
    id: "TARGETD-WRONG-CONTENT-TYPE",
    text: "the body must be JSON",
  },
  bodyTooLarge: {
    reason: "BODY_TOO_LARGE",
    code: Code.ResourceExhausted,
    id: "TARGETD-BODY-TOO-LARGE",
    text: "the body is larger than 4 MiB",
  },
  tooManyBodies: {
    reason: "TOO_MANY_BODIES",
    code: Code.ResourceExhausted,
    id: "TARGETD-TOO-MANY-BODIES",
    text: "the bodies of requests under way take too many bytes; try again",
  },
  unavailable: {
    reason: "UNAVAILABLE",
    code: Code.Unavailable,
    id: "TARGETD-UNAVAILABLE",
    text: "the service cannot take the call right now; try again",
  },
  internal: {
    reason: "INTERNAL",
    code: Code.Internal,
    id: "TARGETD-INTERNAL",
    text: "internal error",
  },
} as const satisfies Record<string, CatalogueEntry>;

/** Key of a catalogue row. */
export type ErrorName = keyof typeof catalogue;

/**
 * The id of the first violation of a field, where ZITADEL has one (contract.md section 9). Keys are
 * message and field path in proto spelling, with the kind of violation where ids differ by it.
 */
export const violationIds: ReadonlyMap<string, string> = new Map([
  ["CreateTargetRequest.name", "COMMAND-ddqbm9us5p"],
  ["CreateTargetRequest.timeout", "COMMAND-39f35d8uri"],
  ["CreateTargetRequest.endpoint", "COMMAND-1r2k6qo6wg"],
  ["CreateTargetRequest.endpoint:denied", "COMMAND-NcJUKo"],
  ["UpdateTargetRequest.id", "COMMAND-1l6ympeagp"],
  ["UpdateTargetRequest.name", "COMMAND-d1wx4lm0zr"],
  ["UpdateTargetRequest.timeout", "COMMAND-08b39vdi57"],
  ["UpdateTargetRequest.endpoint", "COMMAND-jsbaera7b6"],
  ["UpdateTargetRequest.endpoint:denied", "COMMAND-jKbbu2"],
  ["DeleteTargetRequest.id", "COMMAND-obqos2l3no"],
  ["ListTargetsRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListTokensRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListInstancesRequest.pagination.limit", "QUERY-4M0fs"],
  ["ListTargetsRequest.filters.filter", "GRPC-vR9nC"],
]);
