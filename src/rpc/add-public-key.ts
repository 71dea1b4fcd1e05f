/** AddPublicKey: what the key must be, then one more inactive key of the target. */
import { create } from "@bufbuild/protobuf";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  type AddPublicKeyRequest,
  type AddPublicKeyResponse,
  AddPublicKeyResponseSchema,
} from "../../gen/zitadel/action/v2/public_key_messages_pb.ts";
import type { Clock } from "../clock.ts";
import { addKey, hasExpired, type PublicKey, type PublicKeysUpdate } from "../domain/public-key.ts";
import { readSpki, type SpkiReading } from "../domain/spki.ts";
import { targetId } from "../domain/units.ts";
import type { Violation } from "../errors/api-error.ts";
import { InvalidFields } from "../errors/invalid-fields.ts";
import { publicKeyId } from "../ids.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type CallContext, type UnaryHandler, unaryHandler } from "./method-table.ts";
import { timestampViolations, toMicros, toTimestamp } from "./time.ts";
import { answerTo, storeFailure, writeOptions } from "./write.ts";

const method = ActionService.method.addPublicKey;

/** Longest key in bytes, as the proto file says. */
const maxKeyBytes = 8192;

export function addPublicKey(parts: HandlerParts): UnaryHandler {
  return unaryHandler({
    method,
    prepare(request) {
      const { problem, fingerprint = "" } = readKey(request);
      const wrong = problem === undefined ? [] : [{ field: "public_key", description: problem }];
      return {
        violations: [...wrong, ...expirationViolations(request, parts.clock)],
        run: (context) => run(parts, request, fingerprint, context),
      };
    },
  });
}

/** An empty key and one that is too long are matters of the proto file. */
function readKey({ publicKey }: AddPublicKeyRequest): SpkiReading {
  const legible = publicKey.length > 0 && publicKey.length <= maxKeyBytes;
  return legible ? readSpki(publicKey) : { problem: undefined, fingerprint: "" };
}

const past: Violation = { field: "expiration_date", description: "must be in the future" };

/**
 * What was in the future at first may be in the past when the call is repeated, so a call that may
 * be a repetition is looked up before.
 */
function expirationViolations(
  { expirationDate, requestId }: AddPublicKeyRequest,
  clock: Clock,
): readonly Violation[] {
  const wrong = timestampViolations(past.field, expirationDate);
  if (wrong.length > 0 || expirationDate === undefined || requestId !== undefined) return wrong;
  return toMicros(expirationDate, Math.floor) > clock() ? [] : [past];
}

async function run(
  { store, clock }: HandlerParts,
  request: AddPublicKeyRequest,
  fingerprint: string,
  context: CallContext,
): Promise<AddPublicKeyResponse> {
  const id = publicKeyId();
  const answer = ({ date }: PublicKeysUpdate) =>
    create(AddPublicKeyResponseSchema, {
      keyId: id,
      ...(date !== undefined && { creationDate: toTimestamp(date) }),
    });
  const options = writeOptions(method, request, context, clock, answer);
  const { at } = options;
  const expiresAt = request.expirationDate && toMicros(request.expirationDate, Math.floor);
  const key: PublicKey = {
    ...{ id, pem: request.publicKey, fingerprint, active: false },
    ...{ expiresAt, createdAt: at, changedAt: at },
  };
  const add = (keys: readonly PublicKey[]) => {
    if (hasExpired(key, at)) throw new InvalidFields([past]);
    return addKey(keys, key);
  };
  const { instance } = context.identity;
  const written = await store
    .changePublicKeys(instance, targetId(request.targetId), add, options)
    .catch((thrown: unknown) => {
      throw storeFailure(thrown, "publicKeyTargetNotFound");
    });
  return answerTo(method.output, written, context, answer);
}
