import type { Clock } from "../clock.ts";
import type { Micros } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { TokenStore } from "../store/token-store.ts";
import type { HeaderReader, Identity } from "./identity.ts";
import { tokenHash } from "./token.ts";

/**
 * Turns the request headers into an identity.
 *
 * @throws ApiError unauthenticated when there is no valid credential; the same answer for a
 *   missing, garbled, unknown, expired and revoked one
 */
export type Authenticate = (header: HeaderReader) => Promise<Identity>;

/** RFC 6750 credentials; longer ones cannot be valid and are not even hashed. */
const bearer = /^bearer +([\x21-\x7e]{1,512}) *$/i;

/**
 * Authenticates by API tokens in the Authorization header.
 *
 * @param used told of every token that was accepted; must not throw
 */
export function tokenAuthentication(
  store: Pick<TokenStore, "findToken">,
  clock: Clock,
  used: (id: string, at: Micros) => void,
): Authenticate {
  return async (header) => {
    const text = bearer.exec(header("authorization") ?? "")?.[1];
    const token = text === undefined ? undefined : await store.findToken(tokenHash(text));
    if (token === undefined || token.revokedAt !== undefined) throw unauthenticated();
    const now = clock();
    if (token.expiresAt !== undefined && token.expiresAt <= now) throw unauthenticated();
    used(token.id, now);
    const { instance, roles, permissions } = token;
    return { instance, subject: `token:${token.id}`, roles, permissions };
  };
}

function unauthenticated(): ApiError {
  return new ApiError("unauthenticated", { headers: { "www-authenticate": "Bearer" } });
}
