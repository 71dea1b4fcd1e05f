/** Token, permission and feature flag come before the body, for every method around executions. */
import { describe, expect, test } from "vitest";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";

const on = useServer();
const off = useServer({ TARGETD_FEATURE_ACTIONS: "false" });

/** Method, route, and whether an IAM_OWNER_VIEWER may call it. */
const methods: readonly [string, string, string, boolean][] = [
  ["AddPublicKey", "POST", "/v2/actions/targets/x/publickeys", false],
  ["ActivatePublicKey", "POST", "/v2/actions/targets/x/publickeys/y/activate", false],
  ["DeactivatePublicKey", "PUT", "/v2/actions/targets/x/publickeys/y/deactivate", false],
  ["RemovePublicKey", "DELETE", "/v2/actions/targets/x/publickeys/y", false],
  ["ListPublicKeys", "POST", "/v2/actions/targets/x/publickeys/search", true],
  ["SetExecution", "PUT", "/v2/actions/executions", false],
  ["ListExecutions", "POST", "/v2/actions/executions/search", true],
  ["ListExecutionFunctions", "GET", "/v2/actions/executions/functions", true],
  ["ListExecutionMethods", "GET", "/v2/actions/executions/methods", true],
  ["ListExecutionServices", "GET", "/v2/actions/executions/services", true],
];

const featureOff = "FAILED_PRECONDITION TARGETD-FEATURE-OFF";
const unreadable = Uint8Array.of(0x0a, 0x05, 0x7b);

describe.each(methods)("%s", (method, verb, path, read) => {
  const viewer = read ? featureOff : "PERMISSION_DENIED AUTH-5mWD2";

  test("over gRPC", async () => {
    const comesTo = async (at: typeof on, token?: string) => {
      const reply = await at.bytesReply(method, unreadable, { token });
      return reply.ok ? "OK" : shortly(reply.outcome);
    };
    expect(await comesTo(off)).toBe("UNAUTHENTICATED AUTH-7fs1e");
    expect(await comesTo(off, off.app.tokens.viewer)).toBe(viewer);
    expect(await comesTo(off, off.app.tokens.owner)).toBe(featureOff);
    expect(await comesTo(on, on.app.tokens.owner)).toBe("INVALID_ARGUMENT TARGETD-MALFORMED");
  });

  test("over REST", async () => {
    // The routes that activate and deactivate take everything from their path.
    const hasBody = verb !== "GET" && verb !== "DELETE" && !path.endsWith("activate");
    const call = { verb, path, ...(hasBody && { body: '{"x": ' }) };
    const comesTo = async (at: typeof on, token?: string) =>
      shortly(await at.rest(call, { token }));
    expect(await comesTo(off)).toBe("UNAUTHENTICATED AUTH-7fs1e");
    expect(await comesTo(off, off.app.tokens.viewer)).toBe(viewer);
    expect(await comesTo(off, off.app.tokens.owner)).toBe(featureOff);
    if (hasBody)
      expect(await comesTo(on, on.app.tokens.owner)).toMatch(/^INVALID_ARGUMENT TARGETD-MALFORMED/);
  });

  test("a wrong verb goes before the token", async () => {
    const answer = await off.rest({ verb: "PATCH", path }, {});
    expect(answer.status).toBe(405);
  });
});
