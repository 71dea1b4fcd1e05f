import type { Clock } from "../clock.ts";
import type { Micros } from "../domain/units.ts";
import type { InstanceStore } from "../store/instance-store.ts";
import type { TokenStore } from "../store/token-store.ts";
import { unauthenticated } from "./failed-authentications.ts";
import type { HeaderReader, Identity } from "./identity.ts";
import type { ReadJwt } from "./jwt.ts";
import { tokenHash, tokenSubject } from "./token.ts";

/**
 * Turns the request headers into an identity.
 *
 * @throws AuthenticationFailure unauthenticated when there is no valid credential; the same answer for
 *   a missing, garbled, unknown, expired and revoked one. permissionDenied when it is valid but belongs
 *   to no instance.
 * @throws ApiError unavailable when that cannot be told right now
 */
export type Authenticate = (header: HeaderReader) => Promise<Identity>;

/** Most characters of a credential; longer ones are not even hashed. */
export const maxCredentialLength = 12 * 1024;

/** RFC 6750 credentials. */
const bearer = new RegExp(`^bearer +([\\x21-\\x7e]{1,${maxCredentialLength}}) *$`, "i");

/** What tokens are checked with. */
export interface AuthenticationParts {
  readonly store: Pick<TokenStore & InstanceStore, "findToken" | "instanceExists">;
  readonly clock: Clock;
  /** Told of every API token that was accepted; must not throw. */
  readonly used: (id: string, at: Micros) => void;
  /** Reads what is no stored token; undefined when there is no issuer to trust. */
  readonly readJwt: ReadJwt | undefined;
}

/**
 * Authenticates by tokens in the Authorization header. The stored ones come first: an operator may
 * have chosen one that looks like a JWT.
 */
export function tokenAuthentication(parts: AuthenticationParts): Authenticate {
  const { store, clock, used, readJwt } = parts;
  const readBearer = bearerReader();
  return async (header) => {
    const { text, hash } = readBearer(header);
    const token = await store.findToken(hash);
    if (token === undefined) {
      const identity = await readJwt?.(text);
      if (identity === undefined) throw unauthenticated("unknown");
      // The role map may name an instance that is deleted, or never was.
      if (await store.instanceExists(identity.instance)) return identity;
      throw unauthenticated("no-instance");
    }
    if (token.revokedAt !== undefined) throw unauthenticated("revoked");
    const now = clock();
    if (token.expiresAt !== undefined && token.expiresAt <= now) throw unauthenticated("expired");
    used(token.id, now);
    const { instance, roles, permissions } = token;
    return { instance, subject: tokenSubject(token.id), roles, permissions };
  };
}

interface Bearer {
  readonly text: string;
  readonly hash: Uint8Array;
}

/** Keeps what was read with the headers, which calls of one client share when they are equal. */
function bearerReader(): (header: HeaderReader) => Bearer {
  const read = new WeakMap<HeaderReader, Bearer>();
  return (header) => {
    const known = read.get(header);
    if (known !== undefined) return known;
    const text = bearerText(header("authorization"));
    const bearer = { text, hash: tokenHash(text) };
    read.set(header, bearer);
    return bearer;
  };
}

function bearerText(credential: string | undefined): string {
  if (credential === undefined) throw unauthenticated("missing");
  const text = bearer.exec(credential)?.[1];
  if (text === undefined) throw unauthenticated("malformed");
  return text;
}
