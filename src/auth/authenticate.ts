import type { Clock } from "../clock.ts";
import { ApiError } from "../errors/api-error.ts";
import type { Store } from "../store/store.ts";
import type { HeaderReader, Identity } from "./identity.ts";
import type { ReadJwt } from "./jwt.ts";
import { tokenHash } from "./token.ts";

/**
 * Turns the request headers into an identity.
 *
 * @throws ApiError unauthenticated when there is no valid credential; the same answer for a
 *   missing, garbled, unknown and expired one. permissionDenied when it is valid but belongs to no
 *   instance. unavailable when that cannot be told right now.
 */
export type Authenticate = (header: HeaderReader) => Promise<Identity>;

/** Most characters of a credential; longer ones are not even hashed. */
export const maxCredentialLength = 12 * 1024;

/** RFC 6750 credentials. */
const bearer = new RegExp(`^bearer +([\\x21-\\x7e]{1,${maxCredentialLength}}) *$`, "i");

/**
 * Authenticates by tokens in the Authorization header. The stored ones come first: an operator may
 * have chosen one that looks like a JWT.
 *
 * @param readJwt reads what is no stored token; undefined when there is no issuer to trust
 */
export function tokenAuthentication(
  store: Pick<Store, "findToken">,
  clock: Clock,
  readJwt?: ReadJwt,
): Authenticate {
  return async (header) => {
    const text = bearer.exec(header("authorization") ?? "")?.[1];
    if (text === undefined) throw unauthenticated();
    const token = await store.findToken(tokenHash(text));
    if (token === undefined) {
      const identity = await readJwt?.(text);
      if (identity === undefined) throw unauthenticated();
      return identity;
    }
    if (token.expiresAt !== undefined && token.expiresAt <= clock()) throw unauthenticated();
    const { instance, roles, permissions } = token;
    return { instance, subject: `token:${token.id}`, roles, permissions };
  };
}

function unauthenticated(): ApiError {
  return new ApiError("unauthenticated", { headers: { "www-authenticate": "Bearer" } });
}
