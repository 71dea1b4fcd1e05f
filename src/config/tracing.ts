/** The settings of traces. */
import type { Knob, Reading } from "./read.ts";
import { publicUrlRule, rule } from "./rules.ts";

export interface TracingSettings {
  /** Without trailing slash; undefined: nothing is traced. */
  readonly otlpEndpoint: string | undefined;
  /** Undefined: none. */
  readonly otlpHeaders: ReadonlyMap<string, string> | undefined;
  /** From 0 to 1. */
  readonly otlpSampleRatio: number;
}

/** As OTEL_EXPORTER_OTLP_HEADERS: values may be percent-encoded. */
const headersRule = rule(
  "headers such as authorization=Bearer%20abc with commas between them",
  (text) => {
    const pairs = text.split(",").map(parseHeader);
    const found = pairs.flatMap((pair) => (pair === undefined ? [] : [pair]));
    return found.length === pairs.length ? new Map(found) : undefined;
  },
);

function parseHeader(text: string): readonly [string, string] | undefined {
  const [, name, encoded] = /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
  if (name === undefined || encoded === undefined) return undefined;
  try {
    const value = decodeURIComponent(encoded);
    return /^[\x20-\x7e]+$/.test(value) ? [name.toLowerCase(), value] : undefined;
  } catch {
    return undefined;
  }
}

const ratioRule = rule("a number from 0 to 1", (text) => {
  const ratio = /^(0|1|[01]?\.\d+)$/.test(text) ? Number(text) : undefined;
  return ratio !== undefined && ratio <= 1 ? ratio : undefined;
});

/** Rows of the table of settings. */
export const tracingKnobs: {
  readonly [Name in keyof TracingSettings]: Knob<TracingSettings[Name]>;
} = {
  otlpEndpoint: {
    env: "TARGETD_OTLP_ENDPOINT",
    flag: "--otlp-endpoint <url>",
    default: undefined,
    otherwise: "nothing is traced",
    meaning: "Collector that takes traces over OTLP/HTTP, for instance http://127.0.0.1:4318",
    secret: false,
    rule: publicUrlRule,
  },
  otlpHeaders: {
    env: "TARGETD_OTLP_HEADERS",
    flag: undefined,
    default: undefined,
    otherwise: "none",
    meaning: "Headers for the collector, name=value with commas between",
    secret: true,
    rule: headersRule,
  },
  otlpSampleRatio: {
    env: "TARGETD_OTLP_SAMPLE_RATIO",
    flag: "--otlp-sample-ratio <number>",
    default: "1",
    meaning: "Share of the traces that is kept, from 0 to 1; the caller decides where it traces",
    secret: false,
    rule: ratioRule,
  },
};

type TracingReadings = {
  readonly [Name in keyof TracingSettings]: Reading<TracingSettings[Name]>;
};

/** What is safe but cannot be meant. */
export function tracingWarnings(readings: TracingReadings): string[] {
  const { otlpEndpoint, otlpHeaders, otlpSampleRatio } = readings;
  if (otlpEndpoint.text !== undefined) return [];
  return [otlpHeaders, otlpSampleRatio]
    .filter(({ source }) => source !== "default")
    .map(({ variable }) => `${variable} means nothing without ${tracingKnobs.otlpEndpoint.env}`);
}
