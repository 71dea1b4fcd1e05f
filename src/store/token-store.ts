/** The part of the storage contract that keeps access tokens; see store.ts for the rules of all. */
import type { InstanceId, Micros } from "../domain/units.ts";
import type { Authorship, Page } from "./store.ts";

/** An access token as stored: only the hash of its text. */
export interface TokenRecord {
  readonly id: string;
  readonly instance: InstanceId;
  /** SHA-256 of the whole token text. */
  readonly hash: Uint8Array;
  /** What the token is for. */
  readonly description: string;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  readonly createdAt: Micros;
  /** Undefined means it never expires. */
  readonly expiresAt: Micros | undefined;
  /** Undefined means it was not revoked. */
  readonly revokedAt: Micros | undefined;
  /** Undefined means it was never used. */
  readonly lastUsedAt: Micros | undefined;
}

/**
 * Microseconds for which a token that was revoked or has expired is still listed: 90 days. Then a sweep
 * deletes it, and only its changes tell of it.
 */
export const keepEndedTokens = 90 * 24 * 3600 * 1e6;

/** Options of a new token. */
export interface TokenOptions extends Authorship {
  /**
   * Most live tokens of the instance with the new one; those are live that are neither revoked nor
   * expired at `at`. Undefined means there is no limit.
   */
  readonly maxLive?: number;
}

export interface TokenStore {
  /**
   * Inserts a token and writes a change "created" of it, in the token's instance.
   *
   * Rejects: `not-found` when the instance does not exist or is deleted, `too-many-tokens`.
   */
  createToken(token: TokenRecord, options: TokenOptions): Promise<void>;

  /** Tells whether the store has a token of whatever instance, or ever had one. */
  hasTokens(): Promise<boolean>;

  /**
   * Inserts a token only when the store never had any; tells whether it did. Then it writes a change
   * "created" of it, in the token's instance.
   *
   * Rejects: `not-found` when the instance does not exist or is deleted.
   */
  createFirstToken(token: TokenRecord, options: Authorship): Promise<boolean>;

  /**
   * Finds a token by the SHA-256 of its text, expired or revoked or not; undefined when there is
   * none, or its instance is deleted.
   */
  findToken(hash: Uint8Array): Promise<TokenRecord | undefined>;

  /**
   * Lists the tokens of an instance by creation time, ties by id in the same direction; none when
   * the instance is deleted.
   */
  listTokens(
    instance: InstanceId,
    query: { readonly offset: number; readonly limit: number; readonly ascending: boolean },
  ): Promise<Page<TokenRecord>>;

  /**
   * Revokes a token after `check` has seen it and the `permanent` tokens of the instance: those that
   * are not revoked and never expire, this one included if it never expires. What `check` throws
   * rejects the call. Writes a change "revoked". From the moment it resolves, `findToken` shows the
   * token as revoked.
   *
   * Resolves with the time of the revocation, the first one if it was revoked before; `check` is
   * not called then. Rejects: `not-found`.
   */
  revokeToken(
    instance: InstanceId,
    id: string,
    check: (token: TokenRecord, permanent: readonly TokenRecord[]) => void,
    options: Authorship,
  ): Promise<Micros>;

  /**
   * Notes when tokens were last used, by their ids. Never moves a time back, ignores unknown ids,
   * writes no change.
   */
  touchTokens(uses: ReadonlyMap<string, Micros>): Promise<void>;
}
