/** `targetd/interceptor`: the conditions of targetd around the methods of a Connect server. */
import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import type { Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { openTargetd, type Targetd } from "./around.ts";
import { type CallerIds, callerTimeoutMs, type ReadHeader } from "./caller.ts";
import { fullName, warn } from "./events.ts";
import type { TargetdOptions } from "./options.ts";

export { openTargetd, type Targetd, type UnaryCall } from "./around.ts";
export type { CallerIds, ReadHeader } from "./caller.ts";
export type { LogEvent, TargetdEvent } from "./events.ts";
export type { TargetdOptions, TargetdServer } from "./options.ts";

export type InterceptorOptions = TargetdOptions & {
  /**
   * Who calls, for the targets. It gets the request of the interceptor, with headers and context
   * values; what it throws, the caller gets. By default targets are not told.
   */
  readonly caller?: (request: UnaryRequest) => CallerIds | Promise<CallerIds>;
  /** Methods that run without executions besides those of grpc.health and grpc.reflection. */
  readonly skip?: (method: DescMethod) => boolean;
};

/** An interceptor with a connection to targetd. */
export type TargetdInterceptor = Interceptor & {
  /** Ends the connection to targetd; to be called when the server has stopped. */
  close(): void;
};

const infrastructure = /^grpc\.(?:health|reflection)\./;

/**
 * Runs executions around each unary method of a Connect server. Place it behind the interceptor that
 * authenticates and in front of the one that validates: what a target answers is checked then.
 * Streaming methods are not touched; that is logged once for each.
 *
 * @throws TypeError when an option is missing or wrong
 */
export function targetdInterceptor(options: InterceptorOptions): TargetdInterceptor {
  const { skip = () => false, caller = () => ({}), log = warn } = options;
  const targetd = openTargetd(options);
  const streaming = new Set<string>();
  const interceptor: Interceptor = (next) => async (request) => {
    const { method } = request;
    if (infrastructure.test(method.parent.typeName) || skip(method)) return next(request);
    if (!request.stream) {
      const handle = (replaced: UnaryRequest) => next(replaced) as Promise<UnaryResponse>;
      return aroundUnary(targetd, request, await caller(request), handle);
    }
    const name = fullName(method);
    if (!streaming.has(name)) {
      streaming.add(name);
      log({ kind: "streaming", method: name, text: "streaming methods run without executions" });
    }
    return next(request);
  };
  return Object.assign(interceptor, { close: () => targetd.close() });
}

async function aroundUnary(
  targetd: Targetd,
  unary: UnaryRequest,
  caller: CallerIds,
  handle: (request: UnaryRequest) => Promise<UnaryResponse>,
): Promise<UnaryResponse> {
  const { method, message: request, signal } = unary;
  const header = headersOf(unary);
  const call = { method, request, header, caller, signal, timeoutMs: callerTimeoutMs(header) };
  let handled: UnaryResponse | undefined;
  const message = await targetd.around<DescMessage, DescMessage>(call, async (replaced) => {
    handled = await handle({ ...unary, message: replaced });
    return handled.message;
  });
  if (handled === undefined) throw new Error("a response cannot be there before the handler ran");
  return { ...handled, message };
}

/** HTTP/2 has the host in :authority, which Connect makes part of the URL. */
function headersOf({ header, url }: UnaryRequest): ReadHeader {
  return (name) =>
    header.get(name) ?? (name === "host" ? URL.parse(url)?.host : undefined) ?? undefined;
}
