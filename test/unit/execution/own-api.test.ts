import { describe, expect, test } from "vitest";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { nameOf } from "../../support/api-error.ts";
import { agrees, answers, fails, hangs, refuses } from "../../support/target-script.ts";
import { Api, createTarget, update } from "./support/own-api.ts";

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
      protocol: "rest" as const,
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
