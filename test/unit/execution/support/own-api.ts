import { create, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import pino from "pino";
import { ActionService } from "../../../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  type UpdateTargetRequest,
  UpdateTargetRequestSchema,
  UpdateTargetResponseSchema,
} from "../../../../gen/zitadel/action/v2/target_messages_pb.ts";
import type { Identity } from "../../../../src/auth/identity.ts";
import { conditionId } from "../../../../src/domain/condition.ts";
import type { CallableTarget } from "../../../../src/domain/execution.ts";
import { defaultInstance } from "../../../../src/domain/units.ts";
import { ApiError } from "../../../../src/errors/api-error.ts";
import { callerHeaders } from "../../../../src/execution/caller-headers.ts";
import { createAround, type OwnCall } from "../../../../src/execution/own-api.ts";
import { createRunner } from "../../../../src/execution/run.ts";
import { type Script, ScriptedTargets } from "../../../support/target-script.ts";

export const { createTarget, getTarget } = ActionService.method;
const { updateTarget, deleteTarget, setExecution } = ActionService.method;

/** The calls that repair an execution. */
export const repairs = [updateTarget, deleteTarget, setExecution];

/** Our API with executions around its calls, which do nothing but answer. */
export class Api {
  readonly targets = new ScriptedTargets();
  readonly executions = new Map<string, readonly CallableTarget[]>();
  readonly handled: Message[] = [];
  readonly skipped: string[] = [];
  readonly headers = new Map<string, string>();
  response: MessageInitShape<typeof UpdateTargetResponseSchema> = {};
  failure: unknown;

  readonly #around = createAround({
    findExecution: async (_instance, candidates) => {
      const id = candidates.find((candidate) => this.executions.has(candidate));
      return id && { id: conditionId(id), targets: this.executions.get(id) ?? [] };
    },
    runTargets: createRunner({
      ...this.targets.runnerParts,
      log: pino({ level: "silent" }),
    }),
    callerHeaders: callerHeaders([]),
    noteSkipped: async (_identity, method) => void this.skipped.push(method),
  });

  /** Puts targets, all interrupting, around all calls. */
  put(condition: string, ...scripts: readonly Script[]): void {
    const targets = scripts.map((script, index) =>
      this.targets.add(`${condition}${index + 1}`, script),
    );
    this.executions.set(condition, targets);
  }

  call(
    call: Partial<OwnCall> & { readonly given?: Record<string, string> } = {},
  ): Promise<Message> {
    const { given = {}, method = updateTarget, ...changes } = call;
    const request = create(method.input);
    const prepare = (message: Message) => {
      const { name } = message as UpdateTargetRequest;
      if (name === "invalid") throw new ApiError("invalidArgument", { detail: "name" });
      return async () => {
        this.handled.push(message);
        if (this.failure !== undefined) throw this.failure;
        return method === updateTarget
          ? create(UpdateTargetResponseSchema, this.response)
          : create(method.output);
      };
    };
    return this.#around({
      ...{ method, request, identity: owner, prepare, handle: prepare(request) },
      setHeader: (name, value) => void this.headers.set(name, value),
      origin: {
        protocol: "rest",
        header: (name) => given[name],
        peer: { address: "203.0.113.9", certificate: undefined },
        signal: () => new AbortController().signal,
      },
      ...changes,
    });
  }

  /** The error that a call ends with. */
  async errorOf(call: Parameters<Api["call"]>[0] = {}): Promise<ApiError> {
    const thrown: unknown = await this.call(call).catch((error: unknown) => error);
    if (thrown instanceof ApiError) return thrown;
    throw new Error("the call did not fail", { cause: thrown });
  }
}

export const identity = (roles: string[], permissions: string[] = []): Identity => {
  return { instance: defaultInstance, subject: "token:1", roles, permissions };
};
const owner = identity(["IAM_OWNER"]);
/** May repair a target, but not an execution. */
export const writer = identity([], ["action.target.write", "action.target.delete"]);
export const update = (init: MessageInitShape<typeof UpdateTargetRequestSchema>) =>
  create(UpdateTargetRequestSchema, init);
