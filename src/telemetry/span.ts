/**
 * Spans as the rest of the program sees them. Where nothing is traced there is no {@link StartSpan},
 * so that tracing costs a look at a variable.
 */

/** Never secrets, and nothing of bodies. Undefined: not known. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  /** One of few: a method, or what is done. */
  readonly name: string;
  readonly kind: "server" | "consumer" | "client";
  /** The span that it belongs to, as a valid traceparent; undefined begins a trace. */
  readonly parent: string | undefined;
  /** Beside a parent that comes from outside. */
  readonly tracestate?: string | undefined;
  readonly attributes: SpanAttributes;
}

/** Something under way. */
export interface Span {
  /** W3C trace context, to be handed on to what belongs to it. */
  readonly traceparent: string;
  /** Adds attributes, or replaces them. */
  set(attributes: SpanAttributes): void;
  /** Ends it; what is never ended is never told of. */
  end(): void;
  /** The same for what failed. @param type what went wrong, one of few */
  fail(type: string): void;
}

export type StartSpan = (start: SpanStart) => Span;

/** How lines of the log name a trace and the span that they belong to. */
export interface TraceFields {
  readonly trace_id?: string | undefined;
  readonly span_id?: string | undefined;
}

/** @param traceparent a valid one, or undefined when no trace is known */
export function traceFields(traceparent: string | undefined): TraceFields {
  if (traceparent === undefined) return {};
  const [, trace_id, span_id] = traceparent.split("-");
  return { trace_id, span_id };
}
