/** Makes a span of each call, to which everything belongs that the call causes. */
import { Code } from "@connectrpc/connect";
import { readTraceparent } from "../execution/traceparent.ts";
import type { Span, SpanAttributes, SpanStart, StartSpan } from "../telemetry/span.ts";
import { codeOf, nameOf } from "./answer-code.ts";
import type { MethodEntry } from "./method-table.ts";
import type { CallOrigin } from "./origin.ts";
import type { Admission, Pipeline } from "./pipeline.ts";

/**
 * Begins a span when the caller's headers are here, and ends it with the answer. The handlers see the
 * span in place of the caller's trace context.
 */
export function traced(pipeline: Pipeline, startSpan: StartSpan): Pipeline {
  const spans = new WeakMap<Admission, Span>();
  return {
    async admit(entry, origin) {
      const span = startSpan(spanOf(entry, origin));
      try {
        const admission = await pipeline.admit(entry, origin);
        span.set({ "targetd.instance": admission.instance });
        const within = { ...admission, origin: originWithin(origin, span) };
        spans.set(within, span);
        return within;
      } catch (thrown) {
        endWith(span, codeOf(thrown));
        throw thrown;
      }
    },

    async call(admission, decode) {
      const span = spans.get(admission);
      try {
        const reply = await pipeline.call(admission, decode);
        endWith(span, undefined);
        return reply;
      } catch (thrown) {
        endWith(span, codeOf(thrown));
        throw thrown;
      }
    },

    async *stream(admission, decode, signal) {
      const span = spans.get(admission);
      let code: Code | undefined;
      try {
        yield* pipeline.stream(admission, decode, signal);
      } catch (thrown) {
        code = codeOf(thrown);
        throw thrown;
      } finally {
        endWith(span, code);
      }
    },
  };
}

/** By the semantic conventions for servers of RPC. */
function spanOf({ name }: MethodEntry, { header, protocol }: CallOrigin): SpanStart {
  return {
    name,
    kind: "server",
    parent: readTraceparent(header("traceparent")),
    tracestate: header("tracestate"),
    attributes: { "rpc.system.name": protocol, "rpc.method": name } satisfies SpanAttributes,
  };
}

function originWithin(origin: CallOrigin, { traceparent }: Span): CallOrigin {
  const { header } = origin;
  return { ...origin, header: (name) => (name === "traceparent" ? traceparent : header(name)) };
}

/** Codes that say that the server failed; the others are for the caller to mend. */
const serverFailures: ReadonlySet<Code> = new Set([
  Code.Unknown,
  Code.DeadlineExceeded,
  Code.Unimplemented,
  Code.Internal,
  Code.Unavailable,
  Code.DataLoss,
]);

/** @param code undefined when all went well */
function endWith(span: Span | undefined, code: Code | undefined): void {
  if (span === undefined) return;
  const status = code === undefined ? "OK" : nameOf(code).toUpperCase();
  span.set({ "rpc.status_code": status });
  if (code !== undefined && serverFailures.has(code)) span.fail(status);
  else span.end();
}
