/** What a caller does about each error, for docs/reference/errors.md. */
import type { ErrorName } from "../../src/errors/catalogue.ts";

/** One or two sentences each, as Markdown. A row of the catalogue without one does not compile. */
export const errorAdvice: Readonly<Record<ErrorName, string>> = {
  unauthenticated:
    "Send `Authorization: Bearer <token>` with a token of this server that is neither revoked nor expired. The answer does not say which of these it is; the server's log does.",
  permissionDenied:
    "Ask for a token with the permission that the text names. It is the same answer whether the thing exists or not.",
  featureOff:
    "An owner of the default instance switches it on: `targetd feature actions on --instance <id>`. Deliveries wait meanwhile.",
  invalidArgument:
    "Mend the fields in `google.rpc.BadRequest`; all are there at once. Where ZITADEL has an id of its own for the first of them, the answer has that ([below](#ids-of-fields)).",
  malformed:
    "The body or a header cannot be read; the text names the place. Mend what makes the request.",
  requestIdReused:
    "Take a new `request_id` for other content. The same one is for repeating the same call.",
  updateTargetNotFound:
    "Look for the id with ListTargets, by a token of the same instance. The target may have been deleted.",
  getTargetNotFound:
    "Look for the id with ListTargets, by a token of the same instance. The target may have been deleted.",
  targetNameTaken:
    "Choose another name, or update the target that has it. Case does not make a difference.",
  etagMismatch:
    "Somebody else changed it since you read it. Read it again, decide anew, and send the new etag.",
  tooManySigningKeys:
    "Wait until the date in the text, end one with RevokeSigningKey, or rotate with a grace period of 0s, which ends all of them.",
  targetNotTemporary:
    "Only a target that was created with `ttl` is renewed. Others stay until they are deleted.",
  tokenNotFound: "ListTokens shows the ids of the instance.",
  lastToken: "Make another token with the role IAM_OWNER that never expires, then revoke this one.",
  tooManyTokens: "Revoke tokens that nobody needs; give tokens an end.",
  instanceNotFound: "ListInstances shows the ids.",
  instanceExists: "Choose another id. One that was deleted is not given again.",
  defaultInstance: "Delete other instances only; without the default one nobody could manage them.",
  instanceKeyNotFound: "ListInstanceKeys shows the published keys.",
  instanceKeyWaiting:
    "Wait until the next key signs, 10 minutes after its rotation. Where a key has leaked, revoke it instead.",
  tooManyInstanceKeys: "Wait until an old one has left the key set, or revoke one.",
  noBackups: "Use `pg_dump`, or what else your PostgreSQL is backed up with.",
  backupUnderWay: "Try again after the time in `Retry-After`.",
  noRoomForBackup:
    "Make room: the data directory needs as much again as the database, and 64 MiB to spare.",
  notImplemented: "Use a version of the server that has the method.",
  unknownPath:
    "Compare the path with [/docs](../openapi.md) of the server. There are no trailing slashes.",
  unknownMethod: "Compare service and method with the proto files; reflection shows them too.",
  unknownEncoding: "Send the message uncompressed, or with gzip or br.",
  wrongVerb: "The header `Allow` has the verbs of this path.",
  wrongContentType: "Send JSON. multipart, protobuf and gRPC bodies are not for REST.",
  bodyTooLarge: "Send less at a time; the limit is in the metadata as `limit_bytes`.",
  tooManyBodies:
    "Try again after the time in `Retry-After`, with fewer large requests at the same time.",
  overloaded:
    "Try again after the time in `Retry-After`, and longer each time. [operations.md](../operations.md#calls-are-refused-overload) is for the operator.",
  unavailable:
    "Try again; writes with their `request_id`, as the call may have been done. The operator finds the cause under the correlation id.",
  internal: "A bug. Report it with the line of the log that has the correlation id.",
  targetCallFailed:
    "Find out why the target failed: the metadata has its id, the condition and the stage ([stages](../executions.md#what-a-target-may-answer)). `targetd target test <id>` repeats the call.",
  targetForwarded:
    "The target refused the call in its own words. The code is the one that it chose: 400 INVALID_ARGUMENT, 401, 403, 404, 409 ALREADY_EXISTS, 412 FAILED_PRECONDITION, 429 RESOURCE_EXHAUSTED, any other UNKNOWN.",
  targetForwardedOther:
    "The target answered a `forwardedStatusCode` that is none of 400 to 499. Mend the target.",
  noEncryptionKey:
    "Add a public key to the target and activate it ([receive JWE payloads](../how-to/receive-jwe.md)).",
  tooDeep:
    "A target calls back and causes itself again. Break the circle, or let the target not cause events of the type that it hears.",
  executionDeadline:
    "The caller's deadline, or the 5 s that all executions around one call of the action API share, passed. Give more time, or make targets faster.",
  cancelled: "The caller closed the call before it was answered.",
  publicKeyTargetNotFound: "Look for the id with ListTargets.",
  publicKeyNotFound: "ListPublicKeys shows the keys of the target.",
  publicKeyExpired: "Add a key that has not expired.",
  publicKeyActive: "Deactivate it, or activate another one, and remove it then.",
  tooManyPublicKeys: "Remove keys that are not used.",
  methodNotFound:
    "Import the proto files that have the method ([conditions](../executions.md#from-the-command-line)). The text has a near spelling where there is one.",
  serviceNotFound:
    "Import the proto files that have the service. The text has a near spelling where there is one.",
  functionNotFound:
    "Tell the server of the function: `targetd catalog functions`. It replaces the list.",
  eventTypeNotFound:
    "Tell the server of the event type: `targetd catalog events`. It replaces the list.",
  eventGroupNotFound: "A group exists when an event type in it does: `targetd catalog events`.",
  executionTargetNotFound:
    "The text names the ids that do not exist. ListTargets shows those that do.",
  serviceTaken:
    "Another source has brought the service. Remove it from there first, or import under that source's name.",
  catalogTooLarge: "Import fewer proto files; the text has the limit.",
  currentSigningKey:
    "RevokeSigningKey ends earlier keys. A rotation with 0s replaces the current one at once.",
  deliveryNotFound:
    "It belongs to another instance, or is finished for longer than deliveries are kept.",
  deliveryNotPending: "It is finished. ReplayDeliveries delivers it again.",
  deliveryTargetGone: "The target was deleted; its deliveries stay as they are.",
  cursorTooOld: "List what there is, and watch again without a cursor.",
  quotaExceeded:
    "The metadata names the quota, its limit and its setting. Make room, wait for `Retry-After` where it is there, or let the operator raise the quota.",
  tooManyDeliveries:
    "Publish fewer events in a call; `deliveries` and `limit` are in the metadata.",
  tooManyWatches: "End watches that nobody needs, or try again after the time in `Retry-After`.",
};
