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

/**
 * Times in microseconds. The first three are what max-age, stale-while-revalidate and stale-if-error
 * are for caches (RFC 9111 section 5.2.2.1, RFC 5861).
 */
export const keyTimes = Object.freeze({
  /** How long after their arrival keys are used without asking again. */
  fresh: 5 * 60_000_000,
  /**
   * How long after the last fetch calls go on while the keys are asked for again; a withdrawn key
   * lives that long at most. Who comes later, as after an idle time, waits for the new keys.
   */
  renewing: 10 * 60_000_000,
  /** How long after their arrival keys are used while fetches fail. */
  stale: 24 * 3600_000_000,
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

  /** Asks again in time. An issuer that hangs holds up nobody while there are usable keys. */
  async function keepFresh(): Promise<void> {
    const now = clock();
    if (now - state.fetchedAt < keyTimes.fresh) return;
    const refreshed = refresh();
    const idle = now - state.triedAt >= keyTimes.renewing;
    if (idle || usableKeys() === undefined) await refreshed;
  }

  return async (...token) => {
    await keepFresh();
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
