/** Settings of what is kept and of what instances may have. */
import { expect, test } from "vitest";
import { ConfigError } from "../../../src/config/problem.ts";
import { loadConfig } from "../../../src/config.ts";

const load = (env: Readonly<Record<string, string>>) => loadConfig({ env, flags: {}, dev: false });
const day = 86_400_000;

test.each([
  ["TARGETD_KEEP_DELIVERIES", "1m", "keepDeliveries", 60_000],
  ["TARGETD_KEEP_DELIVERIES", "30d", "keepDeliveries", 30 * day],
  ["TARGETD_KEEP_CHANGES", "36500d", "keepChanges", 36_500 * day],
  ["TARGETD_KEEP_CHANGES", "forever", "keepChanges", Number.POSITIVE_INFINITY],
  ["TARGETD_KEEP_EVENT_IDS", "1h30m", "keepEventIds", 5_400_000],
  ["TARGETD_KEEP_DELETED_TARGETS", "1d", "keepDeletedTargets", day],
  ["TARGETD_KEEP_DELIVERIES_COUNT", "1", "keepDeliveriesCount", 1],
  ["TARGETD_QUOTA_TARGETS", "1000000000", "quotaTargets", 1e9],
  ["TARGETD_QUOTA_EXECUTIONS", "unlimited", "quotaExecutions", Number.POSITIVE_INFINITY],
  ["TARGETD_QUOTA_QUEUED_DELIVERIES", "5", "quotaQueuedDeliveries", 5],
  ["TARGETD_QUOTA_EVENTS_PER_SECOND", "1", "quotaEventsPerSecond", 1],
  ["TARGETD_DELIVERY_LOG_BODY", "0", "deliveryLogBody", 0],
  ["TARGETD_DELIVERY_LOG_BODY", "16384", "deliveryLogBody", 16_384],
] as const)("takes %s=%s", (name, text, setting, expected) => {
  expect(load({ [name]: text })[setting]).toBe(expected);
});

test.each([
  ["TARGETD_KEEP_DELIVERIES", "59s"],
  ["TARGETD_KEEP_DELIVERIES", "0"],
  ["TARGETD_KEEP_DELIVERIES", "36501d"],
  ["TARGETD_KEEP_DELIVERIES", "unlimited"],
  ["TARGETD_KEEP_CHANGES", "30"],
  ["TARGETD_KEEP_DELIVERIES_COUNT", "0"],
  ["TARGETD_QUOTA_TARGETS", "0"],
  ["TARGETD_QUOTA_TARGETS", "-1"],
  ["TARGETD_QUOTA_TARGETS", "1e3"],
  ["TARGETD_QUOTA_TARGETS", "10,000"],
  ["TARGETD_QUOTA_TARGETS", "1000000001"],
  ["TARGETD_QUOTA_TARGETS", "forever"],
  ["TARGETD_DELIVERY_LOG_BODY", "16385"],
  ["TARGETD_DELIVERY_LOG_BODY", "4KiB"],
])("refuses %s=%s", (name, text) => {
  const problems = [{ variable: name, value: text, rule: expect.stringMatching(/^must be /) }];
  expect(() => load({ [name]: text })).toThrow(
    expect.objectContaining({ constructor: ConfigError, problems }),
  );
});
