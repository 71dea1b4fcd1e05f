/**
 * Tells the log of callers that could not be authenticated. They leave nothing in the audit: whoever
 * can reach the port could fill the store.
 */
import { ApiError, type ApiErrorOptions } from "../errors/api-error.ts";
import type { ErrorName } from "../errors/catalogue.ts";
import type { Logger } from "../telemetry/log.ts";

/**
 * Why a caller was not authenticated; the answer does not tell.
 *
 * - `missing`: no Authorization header.
 * - `malformed`: it holds no bearer token.
 * - `unknown`: neither a stored token nor a JWT, or a token of a deleted instance.
 * - `revoked`, `expired`: a stored token that has ended.
 * - `invalid-jwt`: a JWT that is no valid access token of the issuer.
 * - `no-instance`: a valid JWT that belongs to no instance, or to several.
 */
export type FailureReason =
  | "missing"
  | "malformed"
  | "unknown"
  | "revoked"
  | "expired"
  | "invalid-jwt"
  | "no-instance";

/** The error for a caller that is not authenticated. */
export class AuthenticationFailure extends ApiError {
  readonly reason: FailureReason;

  constructor(reason: FailureReason, name: ErrorName, options: ApiErrorOptions) {
    super(name, options);
    this.reason = reason;
  }
}

/** A failure that gets the same answer whatever its reason is. */
export function unauthenticated(reason: FailureReason): AuthenticationFailure {
  const headers = { "www-authenticate": "Bearer" };
  return new AuthenticationFailure(reason, "unauthenticated", { headers });
}

/** An attempt to call. */
export interface FailedAuthentication {
  readonly reason: FailureReason;
  /** Address at the other end of the connection; undefined when it is gone. */
  readonly address: string | undefined;
}

/** Notes a failed attempt; never waits and never throws. */
export type NoteFailed = (failure: FailedAuthentication) => void;

export interface FailureLog {
  readonly note: NoteFailed;
  /** Tells how many were left out since. */
  stop(): void;
}

/** Milliseconds in which the same reason and address are told once. */
const quietMs = 60_000;

/** Most lines of that time, whoever calls. */
const maxTold = 20;

/**
 * Writes one line a minute for each reason and address, at most 20 in all, and when the minute is over
 * one with the number of the others.
 */
export function failedAuthenticationLog(log: Logger): FailureLog {
  const told = new Set<string>();
  let left = 0;
  let timer: NodeJS.Timeout | undefined;

  const end = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (left > 0) log.warn({ count: left }, "more authentications failed in the last minute");
    told.clear();
    left = 0;
  };
  return {
    note({ reason, address }) {
      timer ??= setTimeout(end, quietMs).unref();
      const key = JSON.stringify([reason, address]);
      if (told.has(key) || told.size >= maxTold) {
        left++;
        return;
      }
      told.add(key);
      log.warn({ reason, remoteAddress: address }, "authentication failed");
    },
    stop: end,
  };
}
