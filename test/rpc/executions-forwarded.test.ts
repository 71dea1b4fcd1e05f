/** What callers see of a target that failed, or that forwarded an error of its own. */
import { describe, expect, test } from "vitest";
import { openHook, replying, saying } from "../support/hook.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { allRequests, allResponses, newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const doors = ["gRPC by grpc-js", "gRPC-Web", "Connect JSON", "REST"] as const;
const kinds = ["restWebhook", "restCall"] as const;

const forwarded = "EXEC-reUaUZCzCp";
const forwardedOther = "EXEC-bmhNhpcqpF";

describe.each(doors)("over %s", (through) => {
  test.each([
    [400, "INVALID_ARGUMENT", 400, forwarded],
    [401, "UNAUTHENTICATED", 401, forwarded],
    [403, "PERMISSION_DENIED", 403, forwarded],
    [404, "NOT_FOUND", 404, forwarded],
    [409, "ALREADY_EXISTS", 409, forwarded],
    [412, "FAILED_PRECONDITION", 400, forwarded],
    [418, "UNKNOWN", 500, forwarded],
    [429, "RESOURCE_EXHAUSTED", 429, forwarded],
    [499, "UNKNOWN", 500, forwarded],
    [200, "FAILED_PRECONDITION", 400, forwardedOther],
    [399, "FAILED_PRECONDITION", 400, forwardedOther],
    [500, "FAILED_PRECONDITION", 400, forwardedOther],
    [-1, "FAILED_PRECONDITION", 400, forwardedOther],
  ])("the forwarded status %d becomes %s", async (status, code, httpStatus, id) => {
    const tenant = await newTenant(server);
    const body = { forwardedStatusCode: status, forwardedErrorMessage: "not on Ünday" };
    const hook = await openHook(saying(body));
    for (const [kind, condition, name] of [
      ["restWebhook", allRequests, "request"],
      ["restCall", allResponses, "response"],
    ] as const) {
      const target = await tenant.target(hook.url, { [kind]: { interruptOnError: true } });
      await tenant.bind(condition, target);
      const outcome = await tenant.call("ListTargets", {}, { through });
      expect(shortly(outcome)).toBe(`${code} ${id}`);
      expect(outcome.text).toBe(`not on Ünday (${id})`);
      expect(outcome.reason).toBe("TARGET_FORWARDED_ERROR");
      expect(outcome.metadata).toEqual({
        target_id: target.id,
        condition: name,
        stage: "forwarded",
        skip_header: "targetd-skip-executions",
      });
      expect(outcome.header("targetd-warning")).toBe(`${target.id};forwarded`);
      expect(outcome.header("retry-after")).toBe(status === 429 ? "1" : null);
      expect(outcome.header("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
      if ("status" in outcome) expect(outcome.status).toBe(httpStatus);
      await tenant.bind(condition);
    }
  });

  test("a failure names target, condition, stage and the way past it", async () => {
    const tenant = await newTenant(server);
    const hook = await openHook(replying({ status: 404, body: "<html>" }));
    const target = await tenant.target(hook.url);
    await tenant.bind(allRequests, target);
    const outcome = await tenant.call("ListTargets", {}, { through });
    expect(shortly(outcome)).toBe("FAILED_PRECONDITION EXEC-dra6yamk98");
    expect(outcome.reason).toBe("TARGET_CALL_FAILED");
    expect(outcome.metadata).toEqual({
      target_id: target.id,
      condition: "request",
      stage: "status",
      skip_header: "targetd-skip-executions",
    });
    for (const part of [target.id, "request", "status", "404", "targetd-skip-executions: true"]) {
      expect(outcome.text).toContain(part);
    }
    expect(outcome.header("targetd-warning")).toBe(`${target.id};status`);
  });
});

test.each([
  ["is cut at 1 KiB, at a whole character", "é".repeat(600), "é".repeat(512)],
  ["loses control characters", "a\r\nset-cookie: b\u0000c", "a set-cookie: b c"],
  ["may be missing", undefined, "a target refused the call"],
  ["of another type counts as missing", 7, "a target refused the call"],
])("a forwarded text %s", async (_name, given, shown) => {
  const tenant = await newTenant(server);
  const body = { forwardedStatusCode: 400, ...(given && { forwardedErrorMessage: given }) };
  const hook = await openHook(saying(body));
  await tenant.bind(allRequests, await tenant.target(hook.url));
  for (const through of doors) {
    const { text } = await tenant.call("ListTargets", {}, { through });
    expect(text).toBe(`${shown} (${forwarded})`);
  }
});

test.each(kinds)("of a %s that does not interrupt only a warning is left", async (kind) => {
  const tenant = await newTenant(server);
  const type = { [kind]: { interruptOnError: false } };
  const [refusing, broken, fine] = [
    await openHook(saying({ forwardedStatusCode: 403, forwardedErrorMessage: "no" })),
    await openHook(replying({ status: 500 })),
    await openHook(),
  ];
  const targets = [
    await tenant.target(refusing.url, type),
    await tenant.target(broken.url, type),
    await tenant.target(fine.url, { ...type, disabled: true }),
    await tenant.target(fine.url, type),
  ];
  await tenant.bind(allRequests, ...targets);
  const stages = ["forwarded", "status", "disabled"];
  const warning = stages.map((stage, index) => `${targets[index]?.id};${stage}`).join(", ");
  for (const through of doors) {
    const outcome = await tenant.call("ListTargets", {}, { through });
    expect(shortly(outcome)).toBe("OK");
    expect(outcome.header("targetd-warning")).toBe(warning);
  }
  expect(fine.hits).toHaveLength(doors.length);
});

test("an interruption ends the list, and the response execution does not run", async () => {
  const tenant = await newTenant(server);
  const broken = await openHook(replying({ status: 302, headers: { location: "/other" } }));
  const later = await openHook();
  const behind = await tenant.target(later.url);
  await tenant.bind(allRequests, await tenant.target(broken.url), behind);
  await tenant.bind(allResponses, behind);
  const outcome = await tenant.call("ListTargets", {});
  expect(outcome.metadata.stage).toBe("status");
  expect(broken.hits.map(({ path }) => path)).toEqual(["/hook"]);
  expect(later.hits).toHaveLength(0);
});
