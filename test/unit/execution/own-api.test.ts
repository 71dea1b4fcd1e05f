import { create, type Message, type MessageInitShape } from "@bufbuild/protobuf";
import pino from "pino";
import { describe, expect, test } from "vitest";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { ActionService } from "../../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  type UpdateTargetRequest,
  UpdateTargetRequestSchema,
  UpdateTargetResponseSchema,
} from "../../../gen/zitadel/action/v2/target_messages_pb.ts";
import type { Identity } from "../../../src/auth/identity.ts";
import { conditionId } from "../../../src/domain/condition.ts";
import type { CallableTarget } from "../../../src/domain/execution.ts";
import { defaultInstance } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { callerHeaders } from "../../../src/execution/caller-headers.ts";
import { createAround, type OwnCall } from "../../../src/execution/own-api.ts";
import { createRunner } from "../../../src/execution/run.ts";
import { nameOf } from "../../support/api-error.ts";
import {
  agrees,
  answers,
  fails,
  hangs,
  refuses,
  type Script,
  ScriptedTargets,
} from "../../support/target-script.ts";

const { updateTarget, createTarget, getTarget, deleteTarget, setExecution } = ActionService.method;
const repairs = [updateTarget, deleteTarget, setExecution];

/** Our API with executions around its calls, which do nothing but answer. */
class Api {
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
      callTarget: this.targets.callTarget,
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

const identity = (roles: string[], permissions: string[] = []): Identity => {
  return { instance: defaultInstance, subject: "token:1", roles, permissions };
};
const owner = identity(["IAM_OWNER"]);
const writer = identity([], ["action.target.write", "action.target.delete"]);
const update = (init: MessageInitShape<typeof UpdateTargetRequestSchema>) =>
  create(UpdateTargetRequestSchema, init);

describe("what targets are told", () => {
  test("of a request is the call, without secrets", async () => {
    const api = new Api();
    api.put("request", agrees);
    const request = update({ id: "7", headers: { "x-key": "hush" } });
    await api.call({ given: { host: "api.example", authorization: "hush" }, request });
    expect(api.targets.told()).toEqual({
      fullMethod: "/zitadel.action.v2.ActionService/UpdateTarget",
      instanceID: "default",
      userID: "token:1",
      request: { id: "7" },
      headers: { Host: ["api.example"], "X-Forwarded-For": ["203.0.113.9"] },
    });
  });

  test("of a response is also the answer, without secrets", async () => {
    const api = new Api();
    api.response = { signingKey: "hush", changeDate: { seconds: 1n } };
    api.put("response", agrees);
    const answer = await api.call({ request: update({ id: "7" }) });
    expect(api.targets.told()).toMatchObject({
      request: { id: "7" },
      response: { changeDate: "1970-01-01T00:00:01Z" },
    });
    expect(api.targets.calls[0]?.context).not.toContain("hush");
    expect(answer).toMatchObject({ signingKey: "hush" });
  });

  test("comes with the depth and the trace of the call", async () => {
    const api = new Api();
    api.put("request", agrees);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    await api.call({ given: { "targetd-depth": "2", traceparent } });
    expect(api.targets.calls[0]).toMatchObject({ depth: 3, traceparent });
  });
});

describe("a target of type rest_call", () => {
  test("replaces the request, which keeps what the target could not see", async () => {
    const api = new Api();
    api.put("request", answers({ id: "8", name: "new" }));
    await api.call({ request: update({ id: "7", headers: { "x-key": "hush" } }) });
    expect(api.handled).toMatchObject([{ id: "8", name: "new", headers: { "x-key": "hush" } }]);
  });

  test("lets targets of the response see the request as it was handled", async () => {
    const api = new Api();
    api.put("request", answers({ id: "8" }));
    api.put("response", agrees);
    await api.call({ request: update({ id: "7" }) });
    expect(api.targets.told()).toMatchObject({ request: { id: "8" } });
  });

  test("replaces the response, which keeps what the target could not see", async () => {
    const api = new Api();
    api.response = { signingKey: "hush", changeDate: { seconds: 1n } };
    api.put("response", answers({ changeDate: "1970-01-01T00:00:02Z" }));
    const changed = await api.call();
    expect(changed).toMatchObject({ signingKey: "hush", changeDate: { seconds: 2n } });
  });

  test.each([
    ["an unknown field", { nothing: 1 }],
    ["a request that breaks a rule", { id: "8", name: "invalid" }],
  ])("fails with %s, and the call is not handled", async (_, answer) => {
    const api = new Api();
    api.put("request", answers(answer));
    const error = await api.errorOf({ method: createTarget });
    expect(nameOf(error)).toBe("targetCallFailed");
    expect(error.metadata).toMatchObject({ target_id: "request1", stage: "answer" });
    expect(api.handled).toEqual([]);
  });

  test("that fails leaves the request as it was before", async () => {
    const api = new Api();
    const request = update({ id: "7" });
    api.executions.set("request", [
      api.targets.add("good", answers({ id: "8" }), { interruptOnError: false }),
      api.targets.add("bad", answers({ id: "9", name: "invalid" }), { interruptOnError: false }),
    ]);
    await api.call({ request });
    expect(api.handled).toMatchObject([{ id: "8" }]);
    expect(api.headers.get("targetd-warning")).toBe("bad;answer");
  });
});

describe("the best match", () => {
  test("runs alone", async () => {
    const api = new Api();
    const service = "request/zitadel.action.v2.ActionService";
    api.put("request", agrees);
    api.put(service, agrees);
    await api.call();
    api.put(`${service}/UpdateTarget`, agrees);
    await api.call();
    await api.call({ method: createTarget });
    expect(api.targets.called()).toEqual([
      `${service}1`,
      `${service}/UpdateTarget1`,
      `${service}1`,
    ]);
  });

  test("is none for services that nobody may put a condition on", async () => {
    const api = new Api();
    api.put("request", refuses(403));
    await api.call({ method: TokenService.method.createToken });
    expect(api.targets.called()).toEqual([]);
  });
});

const failures: readonly [string, Script, string][] = [
  ["is down", fails(), "connect"],
  ["is refused", fails({ stage: "refused" }), "refused"],
  ["answers 404", answers(Buffer.from("<html>"), 404), "status"],
  ["answers HTML", answers(Buffer.from("<html>")), "answer"],
  ["forwards 503", refuses(503), "forwarded"],
  ["forwards what is no status", answers({ forwardedStatusCode: "403" }), "answer"],
];

describe("a target that fails never locks its owner out", () => {
  test.each(failures)("when it %s", async (_, script, stage) => {
    for (const kind of ["request", "response"]) {
      for (const method of repairs) {
        const api = new Api();
        api.put(kind, script);
        await api.call({ method });
        expect(api.handled).toHaveLength(1);
        expect(api.headers.get("targetd-warning")).toBe(`${kind}1;${stage}`);
      }
    }
  });

  test("when it is asynchronous", async () => {
    const api = new Api();
    api.executions.set("request", [api.targets.add("a", agrees, { kind: "restAsync" })]);
    await api.call();
    expect(api.headers.get("targetd-warning")).toBe("a;prepare");
    expect(nameOf(await api.errorOf({ method: createTarget }))).toBe("asyncNotAvailable");
  });

  test.each(failures)("but holds up its other calls when it %s", async (_, script, stage) => {
    const api = new Api();
    api.put("request", script);
    const error = await api.errorOf({ method: getTarget });
    expect(error.metadata).toMatchObject({ stage, skip_header: "targetd-skip-executions" });
    expect(error.headers["targetd-warning"]).toBe(`request1;${stage}`);
    if (stage !== "forwarded") expect(error.message).toContain("targetd-skip-executions: true");
    expect(api.handled).toEqual([]);
  });

  test.each(failures)("but holds up others' repairs when it %s", async (_, script) => {
    const api = new Api();
    api.put("request", script);
    await api.errorOf({ identity: writer });
    expect(api.handled).toEqual([]);
  });

  test("but may refuse on purpose, with its own words", async () => {
    for (const method of repairs) {
      const api = new Api();
      api.put("request", refuses(403, "closed today"));
      const error = await api.errorOf({ method });
      expect(error.message).toBe("closed today");
      expect(nameOf(error)).toBe("targetForwarded");
      expect(error.metadata).toMatchObject({ skip_header: "targetd-skip-executions" });
    }
  });

  test("whoever may write executions is an owner here", async () => {
    const api = new Api();
    api.put("request", fails());
    await api.call({ identity: identity([], ["action.execution.write"]) });
    expect(api.handled).toHaveLength(1);
  });
});

describe("the header that skips executions", () => {
  const given = { "targetd-skip-executions": "true" };

  test("lets an owner pass every target, and the audit knows", async () => {
    const api = new Api();
    api.put("request", refuses(403));
    api.put("response", refuses(403));
    for (const method of [...repairs, createTarget]) await api.call({ method, given });
    expect(api.handled).toHaveLength(4);
    expect(api.targets.called()).toEqual([]);
    expect(api.skipped.at(-1)).toBe("zitadel.action.v2.ActionService/CreateTarget");
  });

  test("is for owners only", async () => {
    const api = new Api();
    const error = await api.errorOf({ given, identity: writer });
    expect(nameOf(error)).toBe("permissionDenied");
    expect(error.metadata).toEqual({ permission: "action.execution.write" });
    expect([api.handled, api.skipped]).toEqual([[], []]);
  });

  test("means nothing with another value", async () => {
    for (const value of ["false", "1", "TRUE", ""]) {
      const api = new Api();
      api.put("request", agrees);
      await api.call({ given: { "targetd-skip-executions": value } });
      expect(api.targets.called()).toHaveLength(1);
    }
  });

  test("is not noted where there is nothing to skip", async () => {
    const api = new Api();
    await api.call({ given, method: TokenService.method.createToken });
    expect(api.skipped).toEqual([]);
  });
});

describe("warnings", () => {
  test("tell of every failure around a call", async () => {
    const api = new Api();
    const loose = { interruptOnError: false };
    api.executions.set("request", [
      api.targets.add("a", fails(), loose),
      api.targets.add("b", answers({}, 500), loose),
    ]);
    api.executions.set("response", [api.targets.add("c", fails(), loose)]);
    await api.call({ method: createTarget });
    expect(api.headers.get("targetd-warning")).toBe("a;connect, b;status, c;connect");
  });

  test("come with an error of the call itself", async () => {
    const api = new Api();
    api.executions.set("request", [api.targets.add("a", fails(), { interruptOnError: false })]);
    api.failure = new ApiError("updateTargetNotFound");
    const error = await api.errorOf();
    expect(nameOf(error)).toBe("updateTargetNotFound");
    expect(error.headers).toEqual({ "targetd-warning": "a;connect" });
  });

  test("are few enough for any client", async () => {
    const api = new Api();
    const many = Array.from({ length: 50 }, (_, index) =>
      api.targets.add(`target${index}`, fails(), { interruptOnError: false }),
    );
    api.executions.set("request", many);
    api.executions.set("response", many);
    await api.call();
    expect(api.headers.get("targetd-warning")?.split(", ")).toHaveLength(20);
  });

  test("are absent when all went well", async () => {
    const api = new Api();
    api.put("request", agrees);
    api.failure = new ApiError("updateTargetNotFound");
    expect((await api.errorOf()).headers).toEqual({});
    expect(api.headers.size).toBe(0);
  });
});

describe("executions around one call", () => {
  test("share five seconds, however long their targets may take", async () => {
    const api = new Api();
    api.put("request", agrees);
    api.put("response", agrees);
    await api.call();
    const [before = 0, after = 0] = api.targets.calls.map(({ timeout }) => timeout);
    expect(before).toBeLessThanOrEqual(5e9);
    expect(after).toBeLessThanOrEqual(before);
  });

  test("end with the caller", async () => {
    const api = new Api();
    api.put("request", hangs);
    const signal = AbortSignal.abort();
    const origin = {
      header: () => undefined,
      peer: { address: undefined, certificate: undefined },
    };
    const error = await api.errorOf({ origin: { ...origin, signal: () => signal } });
    expect(nameOf(error)).toBe("cancelled");
    expect(api.handled).toEqual([]);
  });

  test.each([
    ["4", "tooDeep"],
    ["deep", "malformed"],
  ])("at the depth %s end before the call is handled", async (depth, name) => {
    for (const kind of ["request", "response"]) {
      const api = new Api();
      api.put(kind, agrees);
      expect(nameOf(await api.errorOf({ given: { "targetd-depth": depth } }))).toBe(name);
      expect(api.handled).toEqual([]);
    }
  });

  test("do not care for depth when there are none", async () => {
    const api = new Api();
    await api.call({ given: { "targetd-depth": "4" } });
    expect(api.handled).toHaveLength(1);
  });
});
