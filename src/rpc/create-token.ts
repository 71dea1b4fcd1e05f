/** CreateToken: nobody can grant more than they hold. */
import { create } from "@bufbuild/protobuf";
import {
  type CreateTokenRequest,
  type CreateTokenResponse,
  CreateTokenResponseSchema,
  TokenService,
} from "../../gen/targetd/v1/token_service_pb.ts";
import { excessGrant, grantViolations, maxLiveTokens } from "../auth/grant.ts";
import { authorshipOf, holds, type Identity, permissionDenied } from "../auth/identity.ts";
import { newToken } from "../auth/token.ts";
import { defaultInstance, type InstanceId, instanceId, type Micros } from "../domain/units.ts";
import type { Violation } from "../errors/api-error.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { timestampViolations, toMicros } from "./time.ts";
import { toTokenMessage } from "./token-message.ts";
import { storeFailure } from "./write.ts";

type Parts = Pick<HandlerParts, "store" | "clock">;

export function createToken(parts: Parts): UnaryHandler {
  return unaryHandler({
    method: TokenService.method.createToken,
    prepare: (request) => ({
      violations: [...grantViolations(request), ...expirationViolations(request, parts.clock())],
      run: ({ identity }) => run(parts, request, identity),
    }),
  });
}

function expirationViolations({ expirationDate }: CreateTokenRequest, now: Micros): Violation[] {
  const field = "expiration_date";
  const violations = timestampViolations(field, expirationDate);
  if (expirationDate === undefined || violations.length > 0) return violations;
  const expiresAt = toMicros(expirationDate, Math.floor);
  if (expiresAt <= now) return [{ field, description: "must be in the future" }];
  if (expiresAt < Number.MAX_SAFE_INTEGER) return [];
  return [{ field, description: "must be before the year 2255; leave it out for never" }];
}

async function run(
  { store, clock }: Parts,
  request: CreateTokenRequest,
  identity: Identity,
): Promise<CreateTokenResponse> {
  const { description, expirationDate } = request;
  const grant = {
    instance: instanceOf(request, identity),
    description,
    roles: [...new Set(request.roles)],
    permissions: [...new Set(request.permissions)],
    expiresAt: expirationDate && toMicros(expirationDate, Math.floor),
  };
  const excess = excessGrant(identity, grant);
  if (excess !== undefined) throw permissionDenied(excess);
  const at = clock();
  const { text, record } = newToken(grant, at);
  const options = { ...authorshipOf(identity, at), maxLive: maxLiveTokens };
  await store.createToken(record, options).catch((thrown: unknown) => {
    throw storeFailure(thrown, "instanceNotFound");
  });
  const token = toTokenMessage(record);
  return create(CreateTokenResponseSchema, { token, accessToken: text });
}

/** Whether another instance exists shows only to those who may list the instances. */
function instanceOf(request: CreateTokenRequest, identity: Identity): InstanceId {
  const own = identity.instance;
  const wanted = request.instanceId === "" ? own : instanceId(request.instanceId);
  if (wanted === own) return own;
  const permission = "iam.instance.write";
  if (own === defaultInstance && holds(identity, permission)) return wanted;
  throw permissionDenied(permission, "in the default instance");
}
