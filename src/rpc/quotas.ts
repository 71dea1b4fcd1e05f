/** What an instance may have: the quotas that stores check, and what callers are told of them. */
import { type QuotaSettings, quotaKnobs } from "../config/quotas.ts";
import { ApiError } from "../errors/api-error.ts";
import { StoreError } from "../store/store.ts";

/** Name of a quota for machines, with its setting. */
const names: { readonly [Name in keyof QuotaSettings]: string } = {
  quotaTargets: "targets",
  quotaExecutions: "executions",
  quotaQueuedDeliveries: "queued_deliveries",
  quotaEventsPerSecond: "events_per_second",
};

/** Seconds after which some deliveries of a full queue may be finished. */
const queuePause = 10;

/**
 * The error of a call that a quota refused.
 *
 * @param retryAfter seconds; undefined where waiting does not help
 */
export function quotaExceeded(
  quotas: QuotaSettings,
  quota: keyof QuotaSettings,
  retryAfter?: number,
): ApiError {
  const limit = String(quotas[quota]);
  const { env: setting } = quotaKnobs[quota];
  return new ApiError("quotaExceeded", {
    detail: `${names[quota]}: at most ${limit} (${setting} of the server)`,
    metadata: { quota: names[quota], limit, setting },
    headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
  });
}

/**
 * Turns a store's refusal because of a quota into what the caller should see; anything else stays as
 * it is.
 *
 * @param added the quota of what the method adds
 */
export function quotaFailure(
  thrown: unknown,
  quotas: QuotaSettings,
  added?: keyof QuotaSettings,
): unknown {
  if (!(thrown instanceof StoreError)) return thrown;
  if (thrown.code === "queue-full") {
    return quotaExceeded(quotas, "quotaQueuedDeliveries", queuePause);
  }
  const isQuota = thrown.code === "quota-exceeded" && added !== undefined;
  return isQuota ? quotaExceeded(quotas, added) : thrown;
}
