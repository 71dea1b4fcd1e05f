/** ListTokens and RevokeToken. */
import { create } from "@bufbuild/protobuf";
import {
  ListTokensResponseSchema,
  RevokeTokenResponseSchema,
  TokenService,
} from "../../gen/targetd/v1/token_service_pb.ts";
import { excessPermission } from "../auth/grant.ts";
import { authorshipOf, type Identity, ownerRole, permissionDenied } from "../auth/identity.ts";
import { tokenSubject } from "../auth/token.ts";
import { ApiError } from "../errors/api-error.ts";
import type { TokenRecord } from "../store/token-store.ts";
import type { HandlerParts } from "./handler-parts.ts";
import { type UnaryHandler, unaryHandler } from "./method-table.ts";
import { toPageQuery, toPagination } from "./pagination.ts";
import { toTimestamp } from "./time.ts";
import { toTokenMessage } from "./token-message.ts";
import { storeFailure } from "./write.ts";

export function listTokens({ store }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: TokenService.method.listTokens,
    prepare: ({ pagination }) => ({
      violations: [],
      async run({ identity }) {
        const query = toPageQuery(pagination);
        const page = await store.listTokens(identity.instance, query);
        return create(ListTokensResponseSchema, {
          pagination: toPagination(page, query),
          tokens: page.items.map(toTokenMessage),
        });
      },
    }),
  });
}

export function revokeToken({ store, clock }: HandlerParts): UnaryHandler {
  return unaryHandler({
    method: TokenService.method.revokeToken,
    prepare: ({ id }) => ({
      violations: [],
      async run({ identity }) {
        const check = (token: TokenRecord, permanent: readonly TokenRecord[]) => {
          mayRevoke(identity, token);
          keepLastToken(permanent, id);
        };
        const authorship = authorshipOf(identity, clock());
        const revokedAt = await store
          .revokeToken(identity.instance, id, check, authorship)
          .catch((thrown: unknown) => {
            throw storeFailure(thrown, "tokenNotFound");
          });
        return create(RevokeTokenResponseSchema, { revocationDate: toTimestamp(revokedAt) });
      },
    }),
  });
}

/** Nobody revokes what holds more than they do, their own token aside. */
function mayRevoke(identity: Identity, token: TokenRecord): void {
  if (identity.subject === tokenSubject(token.id)) return;
  const excess = excessPermission(identity, token);
  if (excess !== undefined) throw permissionDenied(excess);
}

/**
 * An instance must not lock itself out: of the tokens that never expire, one with the role that may
 * do everything stays, as nobody else could grant that role.
 *
 * @param permanent tokens of the instance that never expire and are not revoked
 * @param id the token to be revoked
 * @throws ApiError lastToken
 */
export function keepLastToken(permanent: readonly TokenRecord[], id: string): void {
  const keepers = permanent.filter(({ roles }) => roles.includes(ownerRole));
  if (keepers.length === 1 && keepers[0]?.id === id) throw new ApiError("lastToken");
}
