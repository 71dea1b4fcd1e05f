/** Puts tracing together; a part of the composition root. */
import type { Config } from "../config.ts";
import type { Logger } from "../telemetry/log.ts";
import type { StartSpan } from "../telemetry/span.ts";
import { version } from "../version.ts";

export interface Tracing {
  /** Undefined: nothing is traced. */
  readonly startSpan: StartSpan | undefined;
  /** Sends what is left, within a time. */
  close(): Promise<void>;
}

/** Milliseconds between two lines about a collector that takes nothing. */
const quietFor = 60_000;

type Settings = Pick<Config, "otlpEndpoint" | "otlpHeaders" | "otlpSampleRatio">;

export async function startTracing(
  { otlpEndpoint: endpoint, otlpHeaders: headers = new Map(), otlpSampleRatio: ratio }: Settings,
  log: Logger,
): Promise<Tracing> {
  if (endpoint === undefined) return { startSpan: undefined, close: async () => undefined };
  // Servers without tracing do not load it.
  const { createOtlp } = await import("../telemetry/otlp.ts");
  let lost = 0;
  let quietUntil = 0;
  return createOtlp({
    ...{ endpoint, headers, ratio, version },
    onFailure(cause, spans) {
      lost += spans;
      if (performance.now() < quietUntil) return;
      quietUntil = performance.now() + quietFor;
      const problem = cause instanceof Error ? cause.message : undefined;
      log.warn({ spans: lost, problem }, "traces do not reach the collector");
      lost = 0;
    },
  });
}
