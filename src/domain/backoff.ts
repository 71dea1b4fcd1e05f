/** When a delivery is tried again after a failed attempt (contract.md section 6). Pure. */
import { parseRetryAfter } from "./retry-after.ts";
import type { DeliveryPolicy } from "./target.ts";
import { type Micros, micros, type Nanoseconds, nanoseconds } from "./units.ts";

const second = 1e9;
const minute = 60 * second;
const hour = 60 * minute;

/** Waits before the retries of a target whose policy has none; the first attempt is due at once. */
export const defaultRetryDelays: readonly Nanoseconds[] = Object.freeze(
  [5 * second, 5 * minute, 30 * minute, 2 * hour, 5 * hour, 10 * hour, 10 * hour].map(nanoseconds),
);

/** Share of a wait by which chance makes it shorter or longer. */
const jitter = 0.2;

/** A failed attempt, as far as it matters for the next one. */
export interface FailedAttempt {
  readonly policy: Pick<DeliveryPolicy, "retryDelays"> | undefined;
  /** Attempts that the policy counts, this one included; at least 1. */
  readonly attempts: number;
  /** The header Retry-After of the answer; undefined when there was none, or several. */
  readonly retryAfter: string | undefined;
  readonly now: Micros;
  /** From 0 up to, but without, 1. */
  readonly random: number;
}

/**
 * When the next attempt is due: after the policy's wait, 20 % less or more. A target that asks for
 * another wait gets it within once and twice the policy's; chance then only adds to it, so that no
 * attempt comes before the time the target named unless twice the policy's wait is over.
 *
 * @returns undefined after the last attempt
 */
export function nextAttempt(attempt: FailedAttempt): Micros | undefined {
  const { attempts, retryAfter, now, random } = attempt;
  const delay = retryDelays(attempt.policy)[attempts - 1];
  if (delay === undefined) return undefined;
  const step = delay / 1000;
  const asked = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now);
  const wait =
    asked === undefined
      ? step * (1 - jitter + 2 * jitter * random)
      : Math.min(Math.max(asked, step) + step * jitter * random, 2 * step);
  return micros(now + Math.round(wait));
}

function retryDelays(policy: FailedAttempt["policy"]): readonly Nanoseconds[] {
  const { retryDelays: own = [] } = policy ?? {};
  return own.length > 0 ? own : defaultRetryDelays;
}

/** Statuses from 400 to 499 that ask for another attempt (RFC 9110, RFC 6585, RFC 8470). */
const passingClientErrors: ReadonlySet<number> = new Set([408, 425, 429]);

/** The target is gone and wants no more calls (RFC 9110 section 15.5.11). */
export const goneStatus = 410;

/** Tells whether a status ends the delivery at once. */
export function isFinal(
  status: number | undefined,
  policy: Pick<DeliveryPolicy, "clientErrorsFinal"> | undefined,
): boolean {
  if (status === goneStatus) return true;
  if (status === undefined || policy?.clientErrorsFinal !== true) return false;
  return status >= 400 && status <= 499 && !passingClientErrors.has(status);
}
