/**
 * Executions in front of and behind our own action API. A target must never lock its owner out
 * (contract.md section 6): whoever may write executions can always reach the calls that repair one.
 */
import { performance } from "node:perf_hooks";
import {
  createRegistry,
  type DescMethod,
  type DescMethodUnary,
  type JsonValue,
  type Message,
} from "@bufbuild/protobuf";
import { holds, type Identity, permissionDenied } from "../auth/identity.ts";
import { builtIn } from "../catalog/built-in.ts";
import { type ConditionId, requestCandidates } from "../domain/condition.ts";
import { ApiError } from "../errors/api-error.ts";
import { catalogue } from "../errors/catalogue.ts";
import type { CallOrigin } from "../rpc/origin.ts";
import type { RunnableExecution } from "../store/execution-store.ts";
import { InvalidAnswer } from "./answer.ts";
import type { CallerHeaders } from "./caller-headers.ts";
import { depthBelow, depthHeader } from "./depth.ts";
import type { TargetFailure } from "./judge.ts";
import { type MessageType, messageJson, replacement } from "./message-json.ts";
import { methodContext } from "./method-context.ts";
import type { FindExecution } from "./router.ts";
import type { RunResult, RunTargets } from "./run.ts";
import { readTraceparent } from "./traceparent.ts";

/** The header with which a call goes through although a target is in its way. */
export const skipHeader = "targetd-skip-executions";

/** The header of answers that tells of targets that failed: "<target id>;<stage>" with commas between. */
export const warningHeader = "targetd-warning";

/** Who may skip executions, and is never held up by the failure of a target. */
const ownersPermission = "action.execution.write";

/** Time for all executions around one call, in milliseconds. */
const sharedTime = 5_000;

/** The calls that repair or remove what is in the way. */
const repairs: ReadonlySet<string> = new Set(["UpdateTarget", "DeleteTarget", "SetExecution"]);

/** Most failures that answers tell of: clients take as little as 8 KiB of headers. */
const maxWarnings = 20;

type CallKind = "request" | "response";

type FindOne = (kind: CallKind) => Promise<RunnableExecution | undefined>;

/** What a call meets before and after it is handled, best match first. */
type Conditions = Readonly<Record<CallKind, readonly ConditionId[]>>;

/** Of each method in front of which executions may stand. */
const conditionsOf: ReadonlyMap<DescMethod, Conditions> = new Map(
  builtIn.services
    .flatMap(({ methods }) => methods)
    .map((method) => {
      const of = (kind: CallKind) => requestCandidates(kind, method.parent.typeName, method.name);
      return [method, { request: of("request"), response: of("response") }];
    }),
);
const registry = createRegistry(...builtIn.services);

/** A call of our own API that was found valid. */
export interface OwnCall {
  readonly method: DescMethodUnary;
  readonly request: Message;
  readonly identity: Identity;
  readonly origin: CallOrigin;
  setHeader(name: string, value: string): void;
  /**
   * Checks a request and returns what handles it.
   *
   * @throws ApiError invalidArgument
   */
  prepare(request: Message): () => Promise<Message>;
  /** Handles the request as it came. */
  handle(): Promise<Message>;
}

/** Handles a call with the executions around it. */
export type Around = (call: OwnCall) => Promise<Message>;

export interface AroundParts {
  readonly findExecution: FindExecution;
  readonly runTargets: RunTargets;
  readonly callerHeaders: CallerHeaders;
  /** Writes to the audit that a call ran without executions. */
  readonly noteSkipped: (identity: Identity, method: string) => Promise<void>;
}

export function createAround(parts: AroundParts): Around {
  return async (call) => {
    const conditions = conditionsOf.get(call.method);
    if (conditions === undefined) return call.handle();
    if (call.origin.header(skipHeader) === "true") {
      await skip(parts, call);
      return call.handle();
    }
    const find = (kind: CallKind) => parts.findExecution(call.identity.instance, conditions[kind]);
    const before = await find("request");
    const around = () => new AroundCall(parts, call, find);
    if (before !== undefined || call.origin.header(depthHeader) !== undefined) {
      return runWhole(around(), before);
    }
    // Most calls meet nothing, and pay for nothing but the two searches.
    const response = await call.handle();
    const after = await find("response");
    return after === undefined ? response : runAfter(around(), response, after);
  };
}

async function runWhole(
  around: AroundCall,
  execution: RunnableExecution | undefined,
): Promise<Message> {
  try {
    const handle = await around.before(execution);
    const response = await handle();
    return await around.after(response, await around.find("response"));
  } catch (thrown) {
    throw around.withWarnings(thrown);
  }
}

async function runAfter(
  around: AroundCall,
  response: Message,
  execution: RunnableExecution,
): Promise<Message> {
  try {
    return await around.after(response, execution);
  } catch (thrown) {
    throw around.withWarnings(thrown);
  }
}

async function skip({ noteSkipped }: AroundParts, { identity, method }: OwnCall): Promise<void> {
  if (!holds(identity, ownersPermission)) {
    throw permissionDenied(ownersPermission, `to use the header ${skipHeader}`);
  }
  await noteSkipped(identity, `${method.parent.typeName}/${method.name}`);
}

/** The executions around one call. */
class AroundCall {
  readonly #parts: AroundParts;
  readonly #call: OwnCall;
  /** Finds the execution of this call. */
  readonly find: FindOne;
  readonly #input: MessageType;
  readonly #output: MessageType;
  readonly #warnings: string[] = [];
  /** Time left for executions, in milliseconds; handling the call takes none of it. */
  #left = sharedTime;
  #depth = 1;
  /** The request as targets see it, once that was needed. */
  #request: JsonValue | undefined;

  constructor(parts: AroundParts, call: OwnCall, find: FindOne) {
    const { input, output } = call.method;
    this.#parts = parts;
    this.find = find;
    this.#call = call;
    this.#input = { schema: input, registry };
    this.#output = { schema: output, registry };
  }

  /** Runs the request execution, if there is one; what it returns handles the request from now on. */
  async before(execution: RunnableExecution | undefined): Promise<() => Promise<Message>> {
    const { prepare, handle, request, origin } = this.#call;
    const depth = origin.header(depthHeader);
    // Too deep for the response execution is too deep before the call as well.
    if (depth !== undefined && (execution ?? (await this.find("response"))) !== undefined) {
      this.#depth = depthBelow(depth);
    }
    if (execution === undefined) return handle;
    const original = messageJson(this.#input, request);
    let run = handle;
    this.#request = original.shown;
    await this.#run(execution, {
      message: original.shown,
      context: (message) => this.#context({ request: message }),
      accept: (answer) => {
        const next = replacement(this.#input, answer, original);
        const handleNext = checked(() => prepare(next));
        const { shown } = messageJson(this.#input, next);
        run = handleNext;
        this.#request = shown;
        return shown;
      },
    });
    return run;
  }

  /** Runs the response execution, if there is one, and returns the response from now on. */
  async after(response: Message, execution: RunnableExecution | undefined): Promise<Message> {
    if (execution === undefined) return response;
    const request = this.#request ?? messageJson(this.#input, this.#call.request).shown;
    const original = messageJson(this.#output, response);
    let current = response;
    await this.#run(execution, {
      message: original.shown,
      context: (message) => this.#context({ request, response: message }),
      accept: (answer) => {
        const next = replacement(this.#output, answer, original);
        const { shown } = messageJson(this.#output, next);
        current = next;
        return shown;
      },
    });
    return current;
  }

  /** What ends the call, with the failures that answers would tell of. */
  withWarnings(thrown: unknown): unknown {
    const headers = this.#warningHeaders();
    const tells = thrown instanceof ApiError && Object.keys(headers).length > 0;
    return tells ? thrown.with({ headers }) : thrown;
  }

  async #run(execution: RunnableExecution, messages: Messages): Promise<void> {
    const { identity, origin } = this.#call;
    const started = performance.now();
    const result = await this.#parts.runTargets({
      ...messages,
      instance: identity.instance,
      execution,
      depth: this.#depth,
      traceparent: readTraceparent(origin.header("traceparent")),
      signal: origin.signal(),
      deadline: started + this.#left,
    });
    this.#left -= performance.now() - started;
    this.#settle(result);
  }

  /** Tells of failures, and lets only those end the call that may. */
  #settle({ results, interruption }: RunResult): void {
    const { method, identity, setHeader } = this.#call;
    const failures = results.flatMap(({ failure }) => failure ?? []);
    this.#warnings.push(...failures.map(({ target, stage }) => `${target};${stage}`));
    for (const [name, value] of Object.entries(this.#warningHeaders())) setHeader(name, value);
    if (interruption === undefined) return;
    const repair = repairs.has(method.name) && holds(identity, ownersPermission);
    if (!repair || forwardsRefusal(interruption)) throw withWayOut(interruption);
  }

  #warningHeaders(): Record<string, string> {
    if (this.#warnings.length === 0) return {};
    return { [warningHeader]: this.#warnings.slice(0, maxWarnings).join(", ") };
  }

  #context(messages: {
    readonly request: JsonValue | undefined;
    readonly response?: JsonValue | undefined;
  }) {
    const { method, identity, origin } = this.#call;
    return methodContext({
      fullMethod: `/${method.parent.typeName}/${method.name}`,
      instanceID: identity.instance,
      userID: identity.subject,
      ...messages,
      headers: this.#parts.callerHeaders(origin),
    });
  }
}

/** The message of a run, how targets are told of it, and how they replace it. */
type Messages = Pick<Parameters<RunTargets>[0], "message" | "context" | "accept">;

/** A replaced request that breaks a rule is the mistake of the target that made it. */
function checked<T>(prepare: () => T): T {
  try {
    return prepare();
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    throw new InvalidAnswer(thrown.message, { cause: thrown });
  }
}

/** Only a refusal that a target clearly meant may hold up a repair. */
function forwardsRefusal({ stage, error }: TargetFailure): boolean {
  return stage === "forwarded" && error.id === catalogue.targetForwarded.id;
}

/** The error with the header that leads past it; a forwarded text stays as the target wrote it. */
function withWayOut({ error, stage }: TargetFailure): ApiError {
  const metadata = { skip_header: skipHeader };
  if (stage === "forwarded") return error.with({ metadata });
  return error.with({ metadata, hint: `to call without executions, send ${skipHeader}: true` });
}
