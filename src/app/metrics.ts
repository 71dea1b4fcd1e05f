/** Puts the metrics together; a part of the composition root. */
import type { ListenAddress } from "../config/rules.ts";
import type { Config } from "../config.ts";
import type { Logger } from "../telemetry/log.ts";
import { createMetrics, type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { listenForMetrics } from "../telemetry/metrics-listener.ts";

export interface ServedMetrics {
  readonly metrics: Metrics;
  /** Where they can be read; undefined when they cannot. */
  readonly address: ListenAddress | undefined;
  close(): Promise<void>;
}

/**
 * Opens the listener for metrics, unless it is off. Deliveries matter more than what is measured of
 * them: a port that cannot be had is told in the log and does not keep the server from starting.
 */
export async function serveMetrics(
  { metricsListen }: Pick<Config, "metricsListen">,
  log: Logger,
): Promise<ServedMetrics> {
  const nothing = { metrics: noMetrics, address: undefined, close: async () => undefined };
  if (metricsListen === "off") return nothing;
  const metrics = createMetrics();
  const onError = (cause: unknown) => log.error({ err: cause }, "metrics");
  try {
    const listener = await listenForMetrics({ ...metricsListen, text: metrics.text, onError });
    log.debug({ host: listener.host, port: listener.port }, "metrics can be read");
    const { host, port } = listener;
    return { metrics, address: { host, port }, close: () => listener.close() };
  } catch (cause) {
    const { code } = Object(cause) as { readonly code?: unknown };
    const { host, port } = metricsListen;
    log.warn(
      { host, port, code },
      "metrics cannot be read: the address of TARGETD_METRICS_LISTEN cannot be had",
    );
    return nothing;
  }
}
