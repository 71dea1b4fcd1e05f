/** Keeps the keys of an issuer, and decides when to ask for them again. */
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  type LocalJWKSet,
} from "jose";
import type { Clock } from "../clock.ts";
import { type Micros, micros } from "../domain/units.ts";
import type { Logger } from "../telemetry/log.ts";
import type { FetchKeySet } from "./jwks-fetch.ts";

/** The keys cannot be had, so that a token can be neither accepted nor refused. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

/**
 * Finds the key that a token names.
 *
 * @throws KeysUnavailable
 * @throws errors.JOSEError when there is no such key
 */
export type IssuerKeys = (
  header?: JWSHeaderParameters,
  token?: FlattenedJWSInput,
) => Promise<CryptoKey>;

/** Times in microseconds. */
export const keyTimes = Object.freeze({
  /** How long keys are used without asking again; a withdrawn key lives that much longer. */
  fresh: 5 * 60_000_000,
  /** How long keys are used while the issuer cannot be reached. */
  stale: 60 * 60_000_000,
  /** Shortest time between two fetches while there are keys, whoever asks for unknown ones. */
  pause: 30_000_000,
  /** The same while there are none, so that a service that starts before its issuer recovers. */
  pauseWithoutKeys: 5_000_000,
});

export interface IssuerKeysParts {
  readonly fetchKeySet: FetchKeySet;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What the last fetches came to. */
interface State {
  readonly keys: LocalJWKSet | undefined;
  /** When `keys` arrived. */
  readonly fetchedAt: Micros;
  /** When the last fetch ended, well or badly. */
  readonly triedAt: Micros;
  readonly failed: boolean;
}

export function issuerKeys({ fetchKeySet, clock, log }: IssuerKeysParts): IssuerKeys {
  const never = micros(-Infinity);
  let state: State = { keys: undefined, fetchedAt: never, triedAt: never, failed: false };
  let underWay: Promise<void> | undefined;

  const usableKeys = (): LocalJWKSet | undefined =>
    clock() - state.fetchedAt < keyTimes.stale ? state.keys : undefined;

  async function fetchKeys(): Promise<void> {
    try {
      const keys = createLocalJWKSet(await fetchKeySet());
      const now = clock();
      state = { keys, fetchedAt: now, triedAt: now, failed: false };
    } catch (err) {
      state = { ...state, triedAt: clock(), failed: true };
      log.warn({ err, usingOldKeys: usableKeys() !== undefined }, "cannot fetch the JWT keys");
    } finally {
      underWay = undefined;
    }
  }

  async function refresh(): Promise<void> {
    const pause = usableKeys() === undefined ? keyTimes.pauseWithoutKeys : keyTimes.pause;
    if (underWay === undefined && clock() - state.triedAt < pause) return;
    underWay ??= fetchKeys();
    await underWay;
  }

  async function lookUp(...token: Parameters<IssuerKeys>): Promise<CryptoKey> {
    const keys = usableKeys();
    if (keys === undefined) throw new KeysUnavailable("there are no keys");
    return keys(...token);
  }

  return async (...token) => {
    if (clock() - state.fetchedAt >= keyTimes.fresh) await refresh();
    try {
      return await lookUp(...token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
    }
    await refresh();
    // Without an answer, the issuer may well have the key by now.
    if (state.failed) throw new KeysUnavailable("the keys may be out of date");
    return lookUp(...token);
  };
}
