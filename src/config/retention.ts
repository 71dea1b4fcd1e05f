/** How long things are kept; the sweeper deletes what is older (src/store/sweeper.ts). */
import type { Knob } from "./read.ts";
import { countRule, keepRule, logBodyRule } from "./rules.ts";

/** Lengths of time are milliseconds, Infinity for ever. */
export interface RetentionSettings {
  readonly keepDeliveries: number;
  /** Of each instance; Infinity: no bound. */
  readonly keepDeliveriesCount: number;
  readonly keepEventIds: number;
  readonly keepChanges: number;
  readonly keepDeletedTargets: number;
  /** Bytes. */
  readonly deliveryLogBody: number;
}

export const retentionKnobs: {
  readonly [Name in keyof RetentionSettings]: Knob<RetentionSettings[Name]>;
} = {
  keepDeliveries: {
    env: "TARGETD_KEEP_DELIVERIES",
    flag: "--keep-deliveries <duration>",
    default: "30d",
    meaning: "How long finished deliveries are kept with their logs; forever for no end",
    secret: false,
    rule: keepRule,
  },
  keepDeliveriesCount: {
    env: "TARGETD_KEEP_DELIVERIES_COUNT",
    flag: "--keep-deliveries-count <number>",
    default: "1000000",
    meaning: "Most finished deliveries kept of an instance, the latest ones; or unlimited",
    secret: false,
    rule: countRule,
  },
  keepEventIds: {
    env: "TARGETD_KEEP_EVENT_IDS",
    flag: "--keep-event-ids <duration>",
    default: "7d",
    meaning: "How long publishing an event again does nothing; or forever",
    secret: false,
    rule: keepRule,
  },
  keepChanges: {
    env: "TARGETD_KEEP_CHANGES",
    flag: "--keep-changes <duration>",
    default: "400d",
    meaning: "How long the audit goes back; or forever",
    secret: false,
    rule: keepRule,
  },
  keepDeletedTargets: {
    env: "TARGETD_KEEP_DELETED_TARGETS",
    flag: "--keep-deleted-targets <duration>",
    default: "90d",
    meaning:
      "How long deletion times of targets are known, at least as long as deliveries; or forever",
    secret: false,
    rule: keepRule,
  },
  deliveryLogBody: {
    env: "TARGETD_DELIVERY_LOG_BODY",
    flag: "--delivery-log-body <bytes>",
    default: "1024",
    meaning: "How much of each answer's body the log of a delivery keeps, in bytes; 0 for none",
    secret: false,
    rule: logBodyRule,
  },
};
