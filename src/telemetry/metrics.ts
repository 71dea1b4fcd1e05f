/** What can be measured about the server, for Prometheus. No label names a target, an event or a caller. */

import type { Meter } from "@opentelemetry/api";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { observeProcess } from "./process-metrics.ts";

/** What came of an attempt at a delivery. */
export type AttemptOutcome = "succeeded" | "retried" | "failed";

/** The state of the queues at one time. */
export interface QueueState {
  /** Seconds since the oldest delivery was created that is still pending; 0 when there is none. */
  readonly oldestPending: number;
  /** Targets that get no calls, or one, because they failed too often. */
  readonly openBreakers: number;
  /** Disabled targets for which something waits. */
  readonly disabledWaiting: number;
}

/** Where the parts of the program tell what they do; the times are in seconds. Never throws. */
export interface Metrics {
  /**
   * The result of an attempt was written.
   *
   * @param stage of the failure; undefined for a success
   */
  attempted(outcome: AttemptOutcome, stage: string | undefined): void;
  /** A delivery succeeded, so long after it was created. */
  delivered(latency: number): void;
  /** A delivery was claimed, so long after it was due. */
  claimed(age: number): void;
  /** A call to a target begins with 1 and ends with -1. */
  inFlight(change: 1 | -1): void;
  /**
   * A transaction of so many writers was committed. The time, in seconds, is that until it was durable,
   * undefined when that is still to come.
   */
  committed(writers: number, duration: number | undefined): void;
  /**
   * A call was answered.
   *
   * @param method as "package.Service/Method", of a method that there is
   * @param code "ok", or name of the status code as "not_found"
   */
  answered(method: string, code: string, duration: number): void;
  /** A call was refused because there were too many. */
  refused(cause: string): void;
  /** Has the number of unary calls under way read whenever somebody looks at the metrics. */
  watchCalls(read: () => number): void;
  /** Has the state of the queues read whenever somebody looks at the metrics. */
  watchQueues(read: () => Promise<QueueState>): void;
}

/** Measures nothing. */
export const noMetrics: Metrics = Object.freeze({
  attempted() {},
  delivered() {},
  claimed() {},
  inFlight() {},
  committed() {},
  answered() {},
  refused() {},
  watchCalls() {},
  watchQueues() {},
});

/** Metrics that can be read. */
export interface ReadableMetrics extends Metrics {
  /** Everything measured so far in the text format of Prometheus. */
  text(): Promise<string>;
}

/** Upper bounds of the buckets of histograms. */
const buckets = {
  /** Of calls to the server. */
  answer: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  /** Of what may wait for the whole backoff. */
  delivery: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200, 21_600, 43_200, 86_400, 172_800],
  /** Of the disk. */
  commit: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  writers: [1, 2, 4, 8, 16, 32, 64, 128, 256],
};

export function createMetrics(): ReadableMetrics {
  const reader = new PrometheusExporter({ preventServerStart: true });
  const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);
  const meter = new MeterProvider({ readers: [reader] }).getMeter("targetd");
  const histogram = (name: string, description: string, explicitBucketBoundaries: number[]) =>
    meter.createHistogram(name, { description, advice: { explicitBucketBoundaries } });

  const attempts = meter.createCounter("targetd_delivery_attempts", {
    description: "Attempts at deliveries by outcome and stage of the failure",
  });
  const latency = histogram(
    "targetd_delivery_latency_seconds",
    "Time from the creation of a delivery to its success",
    buckets.delivery,
  );
  const queueAge = histogram(
    "targetd_delivery_queue_age_seconds",
    "Time from when a delivery was due to its claim",
    buckets.delivery,
  );
  let underWay = 0;
  const inFlight = meter.createObservableUpDownCounter("targetd_delivery_calls_in_flight", {
    description: "Calls to targets under way for deliveries",
  });
  inFlight.addCallback((result) => result.observe(underWay));
  const writers = histogram(
    "targetd_store_commit_writers",
    "Writers that one transaction made durable together",
    buckets.writers,
  );
  const commits = histogram(
    "targetd_store_commit_seconds",
    "Time that commits took until they were durable",
    buckets.commit,
  );
  const answers = histogram(
    "targetd_rpc_duration_seconds",
    "Time from when a request is here to its answer, by method and code",
    buckets.answer,
  );
  const refusals = meter.createCounter("targetd_rpc_refused", {
    description: "Calls that were refused because there were too many, by cause",
  });
  // There from the start, so that the first refusal is an increase.
  for (const cause of ["overload", "calls"]) refusals.add(0, { cause });
  const calls = meter.createObservableUpDownCounter("targetd_rpc_calls_in_flight", {
    description: "Unary calls under way",
  });
  observeProcess(meter);

  return {
    attempted: (outcome, stage = "") => attempts.add(1, { outcome, stage }),
    delivered: (seconds) => latency.record(seconds),
    claimed: (seconds) => queueAge.record(seconds),
    inFlight(change) {
      underWay += change;
    },
    committed(count, seconds) {
      writers.record(count);
      if (seconds !== undefined) commits.record(seconds);
    },
    answered: (method, code, seconds) => answers.record(seconds, { method, code }),
    refused: (cause) => refusals.add(1, { cause }),
    watchCalls: (read) => calls.addCallback((result) => result.observe(read())),
    watchQueues: (read) => observeQueues(meter, read),
    // What one callback fails to read is missing, and everything else is there.
    text: async () => serializer.serialize((await reader.collect()).resourceMetrics),
  };
}

function observeQueues(meter: Meter, read: () => Promise<QueueState>): void {
  const gauge = (name: string, description: string) =>
    meter.createObservableGauge(name, { description });
  const oldest = gauge(
    "targetd_delivery_oldest_pending_seconds",
    "Age of the oldest delivery that is still pending",
  );
  const breakers = gauge(
    "targetd_delivery_breakers_open",
    "Targets that get no calls, or one, because they failed too often",
  );
  const disabled = gauge(
    "targetd_delivery_disabled_targets_waiting",
    "Disabled targets for which deliveries wait",
  );
  meter.addBatchObservableCallback(
    async (result) => {
      const { oldestPending, openBreakers, disabledWaiting } = await read();
      result.observe(oldest, oldestPending);
      result.observe(breakers, openBreakers);
      result.observe(disabled, disabledWaiting);
    },
    [oldest, breakers, disabled],
  );
}
