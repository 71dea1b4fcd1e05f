/**
 * Every error a caller can see, once: what it means (reason), how it travels (code), the id that
 * clients match on, and its text. Ids in upper case with a dash come from contract.md section 9;
 * the others are ours and just as stable.
 */
import { Code } from "@connectrpc/connect";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { deliveryErrors } from "./delivery-errors.ts";
import { executionErrors } from "./execution-errors.ts";

export const catalogue = {
  ...executionErrors,
  ...deliveryErrors,
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
  targetNotTemporary: {
    reason: "TARGET_NOT_TEMPORARY",
    code: Code.FailedPrecondition,
    id: "TARGETD-TARGET-NOT-TEMPORARY",
    text: "the target was created without a time limit and stays",
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
  instanceKeyNotFound: {
    reason: "INSTANCE_KEY_NOT_FOUND",
    code: Code.NotFound,
    id: "TARGETD-INSTANCE-KEY-NOT-FOUND",
    text: "the instance has no such signing key",
  },
  instanceKeyWaiting: {
    reason: "INSTANCE_KEY_WAITING",
    code: Code.FailedPrecondition,
    id: "TARGETD-INSTANCE-KEY-WAITING",
    text: "a next signing key is waiting already",
  },
  tooManyInstanceKeys: {
    reason: "TOO_MANY_INSTANCE_KEYS",
    code: Code.FailedPrecondition,
    id: "TARGETD-TOO-MANY-INSTANCE-KEYS",
    text: "ten signing keys of the instance are published",
  },
  noBackups: {
    reason: "NO_BACKUPS",
    code: Code.FailedPrecondition,
    id: "TARGETD-NO-BACKUPS",
    text: "the server keeps its data in PostgreSQL: back that up with its own tools",
  },
  backupUnderWay: {
    reason: "BACKUP_UNDER_WAY",
    code: Code.ResourceExhausted,
    id: "TARGETD-BACKUP-UNDER-WAY",
    text: "another backup is being made; try again when it is finished",
  },
  noRoomForBackup: {
    reason: "NO_ROOM_FOR_BACKUP",
    code: Code.ResourceExhausted,
    id: "TARGETD-NO-ROOM-FOR-BACKUP",
    text: "the disk of the server has no room for a copy of the database",
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
    text: "the body is too large",
  },
  tooManyBodies: {
    reason: "TOO_MANY_BODIES",
    code: Code.ResourceExhausted,
    id: "TARGETD-TOO-MANY-BODIES",
    text: "the bodies of requests under way take too many bytes; try again",
  },
  overloaded: {
    reason: "OVERLOADED",
    code: Code.ResourceExhausted,
    id: "TARGETD-OVERLOADED",
    text: "the server gets more calls than it can answer; try again",
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
