/** Makes a span of each call to a target, whose trace context the target is told. */
import type { SpanAttributes, SpanStart, StartSpan } from "../telemetry/span.ts";
import type { CallResult } from "./outcome.ts";
import type { CallTarget, TargetCall } from "./target-call.ts";

export function tracedCallTarget(callTarget: CallTarget, startSpan: StartSpan): CallTarget {
  return async (targetCall) => {
    const span = startSpan(spanOf(targetCall));
    try {
      const { traceparent } = span;
      const result = await callTarget({ ...targetCall, traceparent });
      span.set(attributesOf(result));
      const error = errorOf(result);
      if (error === undefined) span.end();
      else span.fail(error);
      return result;
    } catch (thrown) {
      span.fail("internal");
      throw thrown;
    }
  };
}

/**
 * By the semantic conventions for HTTP clients. Paths and queries of endpoints are left out, as many
 * receivers have their secret there.
 */
function spanOf({ instance, callee, webhookId, depth, traceparent }: TargetCall): SpanStart {
  const { protocol, hostname, port } = new URL(callee.target.settings.endpoint);
  return {
    name: "POST",
    kind: "client",
    parent: traceparent,
    attributes: {
      "http.request.method": "POST",
      "url.scheme": protocol.slice(0, -1),
      "server.address": hostname.replace(/^\[(.*)\]$/, "$1"),
      "server.port": port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
      "targetd.instance": instance,
      "targetd.target.id": callee.target.id,
      "targetd.webhook.id": webhookId,
      "targetd.depth": depth,
    },
  };
}

function attributesOf(result: CallResult): SpanAttributes {
  const { kind, address, reused } = result;
  const dialled = address === undefined ? null : URL.parse(`http://${address}`);
  return {
    "http.response.status_code": kind === "cancelled" ? undefined : result.status,
    "network.peer.address": dialled?.hostname.replace(/^\[(.*)\]$/, "$1"),
    "network.peer.port": dialled === null ? undefined : Number(dialled.port || 80),
    "targetd.connection.reused": reused,
    "targetd.stage": kind === "answered" ? undefined : result.stage,
  };
}

/** What went wrong, one of few; undefined when the target took the call. */
function errorOf(result: CallResult): string | undefined {
  if (result.kind === "cancelled") return "cancelled";
  if (result.kind === "failed") return result.timedOut ? "timeout" : result.stage;
  const { status } = result;
  return status >= 200 && status <= 299 ? undefined : String(status);
}
