/** Access tokens that an issuer signed (RFC 9068), next to the API tokens of the store. */
import { errors, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "../clock.ts";
import type { InstanceId } from "../domain/units.ts";
import { ApiError } from "../errors/api-error.ts";
import type { Logger } from "../telemetry/log.ts";
import { AuthenticationFailure, unauthenticated } from "./failed-authentications.ts";
import type { Identity } from "./identity.ts";
import { type IssuerKeys, KeysUnavailable } from "./issuer-keys.ts";
import { grantsOf, type RoleMap } from "./role-map.ts";

/** Which tokens are accepted, and what they are worth. */
export interface JwtRules {
  /** Exact value of "iss". */
  readonly issuer: string;
  /** Must be "aud" or among its values. */
  readonly audience: string;
  /** Name of the claim with the roles. */
  readonly rolesClaim: string;
  readonly roleMap: RoleMap;
}

export interface JwtParts {
  readonly keys: IssuerKeys;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Reads the text of a token.
 *
 * @returns undefined when it is no JWT
 * @throws AuthenticationFailure unauthenticated when it is no valid access token of the issuer;
 *   permissionDenied when it is one but maps to no instance, or to several
 * @throws ApiError unavailable when the issuer's keys cannot be had
 */
export type ReadJwt = (text: string) => Promise<Identity | undefined>;

/** Never a symmetric one: the public key would be its secret. */
const algorithms = ["RS256", "PS256", "ES256", "ES384", "EdDSA"] as const;

/** How far the clocks of issuer and server may be apart for "nbf" and "iat", in seconds. */
const clockTolerance = 60;

/** Three parts; nothing else is worth a look at its inside, or at the keys. */
const compactForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Claims that no bearer access token carries: those of ID tokens (OpenID Connect Core, sections 2
 * and 3.3.2.11), of logout and security event tokens (RFC 8417), and "cnf", which binds a token to
 * a key (RFC 7800) whose proof is not asked for here.
 */
const foreignClaims = ["nonce", "at_hash", "c_hash", "s_hash", "events", "cnf"];

/** Values of the claim "typ" with which Keycloak marks tokens that are no access tokens. */
const foreignKinds = ["id", "refresh", "offline", "logout"];

/** Claims of which an access token of the plain type "JWT" must carry one; ID tokens have none. */
const accessTokenClaims = ["jti", "scope", "scp"];

/** Most characters of "sub" (OpenID Connect Core, section 2). */
const maxSubject = 255;

export function jwtReader(rules: JwtRules, { keys, clock, log }: JwtParts): ReadJwt {
  return async (text) => {
    if (!compactForm.test(text)) return undefined;
    const now = Math.floor(clock() / 1e6);
    const read = await verified(text, rules, keys, now);
    if (typeof read !== "string") return toIdentity(read, rules);
    log.debug({ reason: read }, "JWT refused");
    throw unauthenticated("invalid-jwt");
  };
}

/** @returns the claims, or in a word why the token is refused, which only the log tells */
async function verified(
  text: string,
  { issuer, audience }: JwtRules,
  keys: IssuerKeys,
  now: number,
): Promise<JWTPayload | string> {
  try {
    const { payload, protectedHeader } = await jwtVerify(text, keys, {
      algorithms: [...algorithms],
      issuer,
      audience,
      requiredClaims: ["exp", "sub"],
      clockTolerance,
      currentDate: new Date(now * 1000),
    });
    return refusal(protectedHeader.typ, payload, now) ?? payload;
  } catch (cause) {
    if (cause instanceof KeysUnavailable) throw new ApiError("unavailable", { cause });
    // What is no JOSEError comes from WebCrypto, which refuses a key or a signature by its form.
    return cause instanceof errors.JOSEError ? failureOf(cause) : String(cause);
  }
}

/** The error object itself holds all claims of the token. */
function failureOf(error: errors.JOSEError): string {
  const claim = error instanceof errors.JWTClaimValidationFailed ? ` ${error.claim}` : "";
  return `${error.code}${claim}`;
}

/** What jose does not check. */
function refusal(typ: unknown, payload: JWTPayload, now: number): string | undefined {
  const has = (claim: string) => Object.hasOwn(payload, claim);
  const type = typeof typ === "string" ? typ.toLowerCase().replace(/^application\//, "") : "";
  if (type !== "at+jwt" && type !== "jwt") return "typ";
  if (foreignClaims.some(has) || foreignKinds.includes(kindOf(payload))) {
    return "not an access token";
  }
  if (type === "jwt" && !accessTokenClaims.some(has)) return "not an access token";
  const { exp = 0, iat = 0, sub } = payload;
  // Without tolerance: a token that has expired must not come back.
  if (exp <= now || !Number.isFinite(exp)) return "exp";
  if (iat > now + clockTolerance) return "iat";
  return isSubject(sub) ? undefined : "sub";
}

function kindOf({ typ }: JWTPayload): string {
  return typeof typ === "string" ? typ.toLowerCase() : "";
}

function isSubject(sub: unknown): boolean {
  return typeof sub === "string" && /^[^\s\p{Cc}]+$/u.test(sub) && sub.length <= maxSubject;
}

/** The instance must follow from the token alone, so there has to be exactly one. */
function toIdentity(payload: JWTPayload, { issuer, rolesClaim, roleMap }: JwtRules): Identity {
  const claim = Object.hasOwn(payload, rolesClaim) ? payload[rolesClaim] : undefined;
  const rolesByInstance = new Map<InstanceId, Set<string>>();
  for (const { instance, role } of grantsOf(claim, roleMap)) {
    rolesByInstance.set(instance, (rolesByInstance.get(instance) ?? new Set()).add(role));
  }
  const [found, ...more] = rolesByInstance;
  if (found === undefined) {
    throw withoutInstance("no role of the JWT is in the role map");
  }
  if (more.length > 0) {
    throw withoutInstance("the JWT has roles in several instances");
  }
  const [instance, roles] = found;
  return {
    instance,
    subject: `jwt:${issuer}|${payload.sub}`,
    roles: [...roles],
    permissions: [],
  };
}

function withoutInstance(detail: string): AuthenticationFailure {
  return new AuthenticationFailure("no-instance", "permissionDenied", { detail });
}
