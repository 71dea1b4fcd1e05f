/** What one instance may have, so that it leaves room for the others. */
import type { Knob } from "./read.ts";
import { countRule } from "./rules.ts";

/** Infinity: no bound. */
export interface QuotaSettings {
  readonly quotaTargets: number;
  readonly quotaExecutions: number;
  readonly quotaQueuedDeliveries: number;
  readonly quotaEventsPerSecond: number;
}

export const quotaKnobs: { readonly [Name in keyof QuotaSettings]: Knob<QuotaSettings[Name]> } = {
  quotaTargets: {
    env: "TARGETD_QUOTA_TARGETS",
    flag: "--quota-targets <number>",
    default: "10000",
    meaning: "Most targets of an instance, or unlimited",
    secret: false,
    rule: countRule,
  },
  quotaExecutions: {
    env: "TARGETD_QUOTA_EXECUTIONS",
    flag: "--quota-executions <number>",
    default: "10000",
    meaning: "Most executions of an instance, or unlimited",
    secret: false,
    rule: countRule,
  },
  quotaQueuedDeliveries: {
    env: "TARGETD_QUOTA_QUEUED_DELIVERIES",
    flag: "--quota-queued-deliveries <number>",
    default: "1000000",
    meaning: "Most pending deliveries of an instance, or unlimited",
    secret: false,
    rule: countRule,
  },
  quotaEventsPerSecond: {
    env: "TARGETD_QUOTA_EVENTS_PER_SECOND",
    flag: "--quota-events-per-second <number>",
    default: "10000",
    meaning: "Most events that an instance may publish in a second, in each process; or unlimited",
    secret: false,
    rule: countRule,
  },
};
