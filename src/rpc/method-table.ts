/** Every method the server offers, with who may call it (from its options) and what handles it. */
import {
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescService,
  getOption,
  type MessageShape,
} from "@bufbuild/protobuf";
import { type Access, access, feature, max_body_bytes } from "../../gen/targetd/v1/options_pb.ts";
import type { Identity } from "../auth/identity.ts";
import type { Violation } from "../errors/api-error.ts";
import type { CallOrigin } from "./origin.ts";

/** What a handler learns about the call besides its message. */
export interface CallContext {
  readonly identity: Identity;
  readonly origin: CallOrigin;
  /** Sets a response header (lower-case name), whatever the door. */
  setHeader(name: string, value: string): void;
}

/** A request that was read but not yet found valid. */
export interface Prepared<O> {
  /** Mistakes that the rules of the proto file cannot express. */
  readonly violations: readonly Violation[];
  /** Runs the command; only called for a valid request. */
  run(context: CallContext): Promise<O>;
}

/** The code behind one unary method. */
export interface UnaryHandler<
  I extends DescMessage = DescMessage,
  O extends DescMessage = DescMessage,
> {
  readonly method: DescMethodUnary<I, O>;
  /**
   * Reads the request, before the rules of the proto file are checked. May drop fields that must
   * not count, for instance those that a mask leaves out. Must not throw, whatever it is given.
   */
  prepare(request: MessageShape<I>): Prepared<MessageShape<O>>;
}

/** What the handler of a stream learns about the call besides its message. */
export interface StreamContext extends Pick<CallContext, "identity"> {
  /** Aborted with the reason of the end: the caller's, the server's, or of what the caller may do. */
  readonly signal: AbortSignal;
}

/** A request of a stream that was read but not yet found valid. */
export interface PreparedStream<O> {
  /** As in {@link Prepared}. */
  readonly violations: readonly Violation[];
  /**
   * Sends messages until the signal is aborted, and then throws its reason; only called for a valid
   * request. The next message is asked for when the one before is on its way.
   */
  run(context: StreamContext): AsyncIterable<O>;
}

/** The code behind one method that answers with a stream. */
export interface StreamHandler<
  I extends DescMessage = DescMessage,
  O extends DescMessage = DescMessage,
> {
  readonly method: DescMethodServerStreaming<I, O>;
  /** As in {@link UnaryHandler}. */
  prepare(request: MessageShape<I>): PreparedStream<MessageShape<O>>;
}

/** One method of the server. */
export interface MethodEntry {
  /** "package.Service/Method" */
  readonly name: string;
  readonly method: DescMethod;
  /** Who may call it, from the (targetd.v1.access) option. */
  readonly access: Access["rule"];
  /** True admits callers of the default instance only. */
  readonly defaultInstanceOnly: boolean;
  /** Flag that must be on for the instance; empty for none. */
  readonly feature: string;
  /** Largest body in bytes, inflated; undefined means that of the server. */
  readonly maxBodyBytes: number | undefined;
  /** Absent for streams, and for methods of a later version. */
  readonly handler: UnaryHandler | undefined;
  /** Absent for unary methods, and for the public streams, which their door serves. */
  readonly stream: StreamHandler | undefined;
}

/** Methods by "package.Service/Method". */
export type MethodTable = ReadonlyMap<string, MethodEntry>;

/** The name under which a method stands in the table, and after the slash on the wire. */
export function methodName(method: DescMethod): string {
  return `${method.parent.typeName}/${method.name}`;
}

/** Keeps the types of a handler in line with its method. */
export function unaryHandler<I extends DescMessage, O extends DescMessage>(
  handler: UnaryHandler<I, O>,
): UnaryHandler {
  return handler as unknown as UnaryHandler;
}

/** As {@link unaryHandler}. */
export function streamHandler<I extends DescMessage, O extends DescMessage>(
  handler: StreamHandler<I, O>,
): StreamHandler {
  return handler as unknown as StreamHandler;
}

/**
 * Builds the table.
 *
 * @throws Error when a method has no access rule (refused by default), or a handler no service
 */
export function methodTable(
  services: readonly DescService[],
  handlers: readonly UnaryHandler[],
  streams: readonly StreamHandler[] = [],
): MethodTable {
  const byName = new Map(handlers.map((handler) => [methodName(handler.method), handler]));
  const streamByName = new Map(streams.map((stream) => [methodName(stream.method), stream]));
  const table = new Map<string, MethodEntry>();
  for (const service of services) {
    for (const method of service.methods) {
      const name = methodName(method);
      const { rule, defaultInstanceOnly } = getOption(method, access);
      if (rule.case === undefined) throw new Error(`${name} has no (targetd.v1.access) option`);
      const handler = byName.get(name);
      const stream = streamByName.get(name);
      byName.delete(name);
      streamByName.delete(name);
      table.set(name, {
        name,
        method,
        access: rule,
        defaultInstanceOnly,
        feature: getOption(service, feature),
        maxBodyBytes: getOption(method, max_body_bytes) || undefined,
        handler,
        stream,
      });
    }
  }
  for (const name of [...byName.keys(), ...streamByName.keys()]) {
    throw new Error(`${name} belongs to no service of the server`);
  }
  return table;
}
