/** What Prometheus is told about the process, under the names that are usual there. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Meter } from "@opentelemetry/api";

/** How often the delay of the event loop is looked at, in milliseconds. */
const resolution = 10;

/** Points of the distribution that are shown. */
const quantiles = [0.5, 0.99, 1];

export function observeProcess(meter: Meter): void {
  const cpu = meter.createObservableCounter("process_cpu_seconds", {
    description: "Time of the processors that the process has used",
  });
  cpu.addCallback((result) => {
    const { user, system } = process.cpuUsage();
    result.observe((user + system) / 1e6);
  });
  const memory = meter.createObservableGauge("process_resident_memory_bytes", {
    description: "Memory of the process that is in RAM",
  });
  memory.addCallback((result) => result.observe(process.memoryUsage.rss()));
  const started = meter.createObservableGauge("process_start_time_seconds", {
    description: "When the process started, in seconds since 1970",
  });
  const startTime = performance.timeOrigin / 1000;
  started.addCallback((result) => result.observe(startTime));
  observeEventLoop(meter);
}

/** Shows how late timers were since somebody looked before. */
function observeEventLoop(meter: Meter): void {
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  const gauge = meter.createObservableGauge("targetd_event_loop_delay_seconds", {
    description: "How late the event loop was since the last look, by quantile",
  });
  gauge.addCallback((result) => {
    for (const quantile of quantiles) {
      // Without a sample the smallest is larger than any; what is measured includes the interval.
      const value = delays.count === 0 ? 0 : delays.percentile(quantile * 100) / 1e9;
      const late = Math.max(0, value - resolution / 1000);
      result.observe(late, { quantile: String(quantile) });
    }
    delays.reset();
  });
}
