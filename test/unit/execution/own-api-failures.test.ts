import { describe, expect, test } from "vitest";
import { TokenService } from "../../../gen/targetd/v1/token_service_pb.ts";
import { nameOf } from "../../support/api-error.ts";
import { agrees, answers, fails, refuses, type Script } from "../../support/target-script.ts";
import { Api, createTarget, getTarget, identity, repairs, writer } from "./support/own-api.ts";

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
    await api.call({ method: createTarget });
    expect(api.headers.has("targetd-warning")).toBe(false);
    expect(api.targets.kept.map(({ target }) => target)).toEqual(["a", "a"]);
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
