/** The rows of the catalogue about executions, public keys and the catalogue of methods. */
import { Code } from "@connectrpc/connect";
import type { CatalogueEntry } from "./catalogue-entry.ts";

export const executionErrors = {
  targetCallFailed: {
    reason: "TARGET_CALL_FAILED",
    code: Code.FailedPrecondition,
    id: "EXEC-dra6yamk98",
    text: "the call to a target failed",
  },
  targetForwarded: {
    reason: "TARGET_FORWARDED_ERROR",
    code: Code.Unknown,
    id: "EXEC-reUaUZCzCp",
    text: "a target refused the call",
  },
  targetForwardedOther: {
    reason: "TARGET_FORWARDED_ERROR",
    code: Code.FailedPrecondition,
    id: "EXEC-bmhNhpcqpF",
    text: "a target forwarded a status that is none of 400 to 499",
  },
  noEncryptionKey: {
    reason: "NO_ENCRYPTION_KEY",
    code: Code.FailedPrecondition,
    id: "EXEC-2n8fhs7g",
    text: "the target has no active public key to encrypt the payload with",
  },
  tooDeep: {
    reason: "EXECUTIONS_TOO_DEEP",
    code: Code.FailedPrecondition,
    id: "TARGETD-TOO-DEEP",
    text: "executions are nested more than 4 deep",
  },
  executionDeadline: {
    reason: "DEADLINE_EXCEEDED",
    code: Code.DeadlineExceeded,
    id: "TARGETD-DEADLINE",
    text: "the time for the executions is up",
  },
  cancelled: {
    reason: "CANCELLED",
    code: Code.Canceled,
    id: "TARGETD-CANCELLED",
    text: "the caller gave up",
  },
  publicKeyTargetNotFound: {
    reason: "TARGET_NOT_FOUND",
    code: Code.FailedPrecondition,
    id: "TARGETD-KEY-TARGET-NOT-FOUND",
    text: "the target does not exist",
  },
  publicKeyNotFound: {
    reason: "PUBLIC_KEY_NOT_FOUND",
    code: Code.FailedPrecondition,
    id: "TARGETD-PUBLIC-KEY-NOT-FOUND",
    text: "the target has no such public key",
  },
  publicKeyExpired: {
    reason: "PUBLIC_KEY_EXPIRED",
    code: Code.FailedPrecondition,
    id: "TARGETD-PUBLIC-KEY-EXPIRED",
    text: "the public key has expired",
  },
  publicKeyActive: {
    reason: "PUBLIC_KEY_ACTIVE",
    code: Code.FailedPrecondition,
    id: "TARGETD-PUBLIC-KEY-ACTIVE",
    text: "the public key is active; deactivate it first",
  },
  tooManyPublicKeys: {
    reason: "TOO_MANY_PUBLIC_KEYS",
    code: Code.FailedPrecondition,
    id: "TARGETD-TOO-MANY-PUBLIC-KEYS",
    text: "the target has 100 public keys; remove one first",
  },
  methodNotFound: {
    reason: "METHOD_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-vysplsevt8",
    text: "the catalogue has no such method",
  },
  serviceNotFound: {
    reason: "SERVICE_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-qu6dfhiioq",
    text: "the catalogue has no such service",
  },
  functionNotFound: {
    reason: "FUNCTION_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-cdy39t0ksr",
    text: "the catalogue has no such function",
  },
  eventTypeNotFound: {
    reason: "EVENT_TYPE_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-74aaqj8fv9",
    text: "the catalogue has no such event type",
  },
  eventGroupNotFound: {
    reason: "EVENT_GROUP_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-er5oneb5lz",
    text: "the catalogue has no event type in this group",
  },
  executionTargetNotFound: {
    reason: "TARGET_NOT_FOUND",
    code: Code.NotFound,
    id: "COMMAND-17e8fq1ggk",
    text: "a target does not exist",
  },
  serviceTaken: {
    reason: "SERVICE_TAKEN",
    code: Code.AlreadyExists,
    id: "TARGETD-SERVICE-TAKEN",
    text: "another source has this service",
  },
  catalogTooLarge: {
    reason: "CATALOG_TOO_LARGE",
    code: Code.FailedPrecondition,
    id: "TARGETD-CATALOG-TOO-LARGE",
    text: "the catalogue would be too large",
  },
  currentSigningKey: {
    reason: "CURRENT_SIGNING_KEY",
    code: Code.FailedPrecondition,
    id: "TARGETD-CURRENT-SIGNING-KEY",
    text: "the key is the current one, which only a rotation replaces",
  },
} as const satisfies Record<string, CatalogueEntry>;
