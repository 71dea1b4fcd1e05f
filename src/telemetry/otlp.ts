/** Traces by OpenTelemetry, sent to a collector over OTLP/HTTP. Loaded only where they are asked for. */
import { setTimeout as delay } from "node:timers/promises";
import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { SpanStart, StartSpan } from "./span.ts";

export interface OtlpOptions {
  /** Of the collector, without trailing slash; "/v1/traces" is added. */
  readonly endpoint: string;
  /** Sent with every export. */
  readonly headers: ReadonlyMap<string, string>;
  /** Share of the traces that begin here and are kept, from 0 to 1. */
  readonly ratio: number;
  /** Of targetd. */
  readonly version: string;
  /** Told of each export that failed, with its number of spans, which are lost. */
  readonly onFailure: (cause: unknown, spans: number) => void;
}

export interface Otlp {
  readonly startSpan: StartSpan;
  /** Sends what is left, and gives up after a time. Never rejects. */
  close(): Promise<void>;
}

/** For one export with its repetitions, in milliseconds. */
const exportTime = 5_000;

/**
 * For whoever waits for an export, in milliseconds: longer, as otherwise both end at the same time, and
 * nobody may be left to be told that it failed.
 */
const waitingTime = exportTime + 1_000;

/** For the last one when the server stops, in milliseconds. */
const closingTime = waitingTime + 1_000;

/** Longest value of an attribute; a name of a target's host may be long. */
const maxLength = 512;

const kinds = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT };

export function createOtlp(options: OtlpOptions): Otlp {
  const { endpoint, headers, ratio, version } = options;
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    headers: Object.fromEntries(headers),
    timeoutMillis: exportTime,
    userAgent: `targetd/${version}`,
  });
  const processor = new BatchSpanProcessor({
    exporter: reporting(exporter, options),
    exportTimeoutMillis: waitingTime,
  });
  const names = {
    "service.name": "targetd",
    "service.version": version,
    "service.instance.id": crypto.randomUUID(),
  };
  const provider = new TracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(names)),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanLimits: { attributeValueLengthLimit: maxLength },
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer("targetd", version);
  return {
    startSpan(start) {
      const { name, kind, attributes } = start;
      const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, contextOf(start));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`,
        set: (more) => void span.setAttributes(more),
        end: () => span.end(),
        fail(type) {
          span.setAttribute("error.type", type).setStatus({ code: SpanStatusCode.ERROR }).end();
        },
      };
    },
    async close() {
      const sent = provider.shutdown().catch(() => undefined);
      const waiting = new AbortController();
      const { signal } = waiting;
      const late = delay(closingTime, undefined, { signal }).catch(() => undefined);
      await Promise.race([sent, late]);
      waiting.abort();
    },
  };
}

/** What does not reach the collector is gone: nobody waits for it. */
function reporting(exporter: SpanExporter, { onFailure }: OtlpOptions): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined) onFailure(result.error, spans.length);
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

function contextOf({ kind, parent, tracestate }: SpanStart): Context {
  if (parent === undefined) return ROOT_CONTEXT;
  const [, traceId = "", spanId = "", flags = "00"] = parent.split("-");
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId, traceFlags: Number.parseInt(flags, 16) },
    isRemote: kind !== "client",
    ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
  });
}
