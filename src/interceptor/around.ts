/**
 * Executions in front of and behind a unary method of the user's service, whatever serves it: before
 * it Execute for the request, after it Execute for the response (contract.md sections 6 and 10).
 */
import { performance } from "node:perf_hooks";
import {
  createRegistry,
  type DescFile,
  type DescMessage,
  type DescMethodUnary,
  type MessageShape,
  type Registry,
} from "@bufbuild/protobuf";
import type { Value } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ExecuteResponse } from "../../gen/targetd/v1/execution_service_pb.ts";
import { type MessageType, messageJson, replacement } from "../execution/message-json.ts";
import { fromValue, toValue } from "../rpc/value.ts";
import { type CallerIds, callerOf, passedHeaders, type ReadHeader } from "./caller.ts";
import { type Connection, type Occurrence, openConnection } from "./connection.ts";
import { fullName, type Occasion } from "./events.ts";
import { denied, failureKind, forwardedError, unshowable, unusableAnswer } from "./failure.ts";
import { readOptions, type Settings, type TargetdOptions } from "./options.ts";

/** A call of the user's service. */
export interface UnaryCall<
  I extends DescMessage = DescMessage,
  O extends DescMessage = DescMessage,
> {
  readonly method: DescMethodUnary<I, O>;
  readonly request: MessageShape<I>;
  /** Reads the headers of the call. For "host" it may return what HTTP/2 sends as :authority. */
  readonly header: ReadHeader;
  readonly caller?: CallerIds | undefined;
  /** Aborted when the caller gives up. */
  readonly signal: AbortSignal;
  /** How long the caller waits from now on; undefined when it does not say. */
  readonly timeoutMs?: number | undefined;
}

/** An open connection to targetd. */
export interface Targetd {
  /**
   * Runs the request execution, handles the request that is left, and runs the response execution.
   *
   * @returns the response from then on
   * @throws ConnectError of a target; UNAVAILABLE when targetd cannot be asked and that denies
   */
  around<I extends DescMessage, O extends DescMessage>(
    call: UnaryCall<I, O>,
    handle: (request: MessageShape<I>) => Promise<MessageShape<O>>,
  ): Promise<MessageShape<O>>;
  /** Ends the connection, unless the user made the transport. */
  close(): void;
}

/**
 * Prepares a connection, which opens with the first call. For Connect servers there is
 * targetdInterceptor; this is for others.
 *
 * @throws TypeError when an option is missing or wrong
 */
export function openTargetd(options: TargetdOptions): Targetd {
  const settings = readOptions(options);
  const connection = openConnection(options);
  return {
    async around(call, handle) {
      const run = new Run({ settings, connection }, call as unknown as UnaryCall);
      const { method } = call;
      const request = await run.before(method.input, call.request);
      const response = await handle(request.message);
      return run.after(method.output, request.shown, response);
    },
    close: () => connection.close(),
  };
}

interface Parts {
  readonly settings: Settings;
  readonly connection: Connection;
}

/** A message from now on, and how targets see it. */
interface Shown<D extends DescMessage> {
  readonly message: MessageShape<D>;
  readonly shown: Value;
}

/** The executions around one call. */
class Run {
  readonly #settings: Settings;
  readonly #connection: Connection;
  readonly #call: UnaryCall;
  readonly #fullMethod: string;
  readonly #registry: Registry;
  /** On the clock of performance.now. */
  readonly #deadline: number;

  constructor({ settings, connection }: Parts, call: UnaryCall) {
    this.#settings = settings;
    this.#connection = connection;
    this.#call = call;
    this.#fullMethod = fullName(call.method);
    this.#registry = registryOf(call.method.parent.file, settings.registry);
    this.#deadline = performance.now() + (call.timeoutMs ?? Number.POSITIVE_INFINITY);
  }

  async before<D extends DescMessage>(desc: D, message: MessageShape<D>): Promise<Shown<D>> {
    const shown = this.#show("request", desc, message);
    const { header, caller: ids = {} } = this.#call;
    const fullMethod = this.#fullMethod;
    const caller = callerOf(header, ids, this.#settings.behindProxy);
    const value = { fullMethod, request: shown, caller };
    const answer = await this.#ask({ case: "request", value });
    if (answer === undefined || !answer.replaced) return { message, shown };
    const next = this.#take("request", desc, answer, message);
    return { message: next, shown: this.#show("request", desc, next) };
  }

  async after<D extends DescMessage>(
    desc: D,
    request: Value,
    message: MessageShape<D>,
  ): Promise<MessageShape<D>> {
    const response = this.#show("response", desc, message);
    const { header, caller: ids = {} } = this.#call;
    const fullMethod = this.#fullMethod;
    const caller = callerOf(header, ids, this.#settings.behindProxy);
    const value = { fullMethod, request, response, caller };
    const answer = await this.#ask({ case: "response", value });
    return answer?.replaced ? this.#take("response", desc, answer, message) : message;
  }

  /** @returns undefined when targetd cannot be asked and that is allowed */
  async #ask(occurrence: Occurrence & { case: Occasion }): Promise<ExecuteResponse | undefined> {
    const { signal, header } = this.#call;
    if (signal.aborted) throw givenUp(signal);
    const left = Math.ceil(this.#deadline - performance.now());
    if (left <= 0) throw lateError();
    const timeoutMs = Math.min(this.#settings.timeoutMs, left);
    const headers = passedHeaders(header);
    try {
      return await this.#connection.execute(occurrence, { signal, timeoutMs, headers });
    } catch (thrown) {
      if (signal.aborted) throw givenUp(signal);
      const error = ConnectError.from(thrown);
      if (error.code === Code.DeadlineExceeded && timeoutMs === left) throw lateError(error);
      return this.#settle(occurrence.case, error);
    }
  }

  /** Decides about a failure of Execute: returns to go on, throws what the caller is told. */
  #settle(occasion: Occasion, error: ConnectError): undefined {
    const kind = failureKind(error);
    if (kind === "target") throw forwardedError(error);
    if (kind === "message") throw this.#refusal(occasion, error.message, error);
    const { onUnavailable } = this.#settings;
    const outcome = onUnavailable === "allow" ? "goes on without targets" : "is denied";
    const text = `targetd could not be asked about the ${occasion}, which ${outcome}`;
    this.#log("unavailable", occasion, `${text}: ${error.message}`, error);
    if (onUnavailable === "deny") throw denied(error);
  }

  /** @throws ConnectError when the message has no JSON form */
  #show(occasion: Occasion, desc: DescMessage, message: MessageShape<DescMessage>): Value {
    try {
      return toValue(messageJson(this.#type(desc), message).shown);
    } catch (thrown) {
      throw this.#refusal(occasion, "it has no form in proto JSON", thrown);
    }
  }

  /**
   * The message that targets answered. What they could not see is taken from the original.
   *
   * @throws ConnectError when it is no such message
   */
  #take<D extends DescMessage>(
    occasion: Occasion,
    desc: D,
    { message, condition }: ExecuteResponse,
    original: MessageShape<D>,
  ): MessageShape<D> {
    try {
      const json = fromValue(message) ?? {};
      const type = this.#type(desc);
      return replacement(type, json, messageJson(type, original)) as MessageShape<D>;
    } catch (thrown) {
      const error = unusableAnswer(condition, desc.typeName, thrown);
      this.#log("message", occasion, `the ${occasion} was refused: ${error.rawMessage}`, thrown);
      throw error;
    }
  }

  #type(schema: DescMessage): MessageType {
    return { schema, registry: this.#registry };
  }

  #refusal(occasion: Occasion, why: string, error: unknown): ConnectError {
    this.#log("message", occasion, `the ${occasion} was refused: ${why}`, error);
    return unshowable(occasion, error);
  }

  /** The text must not repeat what a message holds, as errors of proto JSON do. */
  #log(kind: "unavailable" | "message", occasion: Occasion, text: string, error: unknown): void {
    this.#settings.log({ kind, method: this.#fullMethod, text, occasion, error });
  }
}

/** The caller's own end of the call, by its deadline or by cancelling. */
function givenUp({ reason }: AbortSignal): ConnectError {
  return ConnectError.from(reason, Code.Canceled);
}

function lateError(cause?: unknown): ConnectError {
  const text = "the deadline passed while targets were called";
  return new ConnectError(text, Code.DeadlineExceeded, undefined, undefined, cause);
}

const registries = new WeakMap<DescFile, Registry>();

/** The types of a file and of those that it imports, with those that the user added. */
function registryOf(file: DescFile, more: Registry | undefined): Registry {
  const known = registries.get(file) ?? createRegistry(...withImports(file, new Set()));
  registries.set(file, known);
  return more === undefined ? known : createRegistry(known, more);
}

function withImports(file: DescFile, seen: Set<DescFile>): Set<DescFile> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const imported of file.dependencies) withImports(imported, seen);
  return seen;
}
