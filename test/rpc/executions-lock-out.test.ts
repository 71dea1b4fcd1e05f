/** A target never locks its owner out (contract.md section 6): every way into the trap, and out. */
import type { JsonObject } from "@bufbuild/protobuf";
import { beforeEach, describe, expect, test } from "vitest";
import { ResourceType } from "../../gen/targetd/v1/audit_service_pb.ts";
import { type Answerer, hang, openHook, replying, saying } from "../support/hook.ts";
import { shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import {
  actionService,
  allRequests,
  allResponses,
  type Created,
  newTenant,
  skipping,
  type Tenant,
} from "./support/tenant.ts";

const server = useServer({}, { dev: true });

/** Who may write targets and executions' lists, but no executions: the failure holds them up. */
const notOwner = ["action.target.read", "action.target.write", "action.target.delete"];

const html = replying({ status: 404, headers: { "content-type": "text/html" }, body: "<h1>404" });
/** Rewrites every request to the same one, which fits no method but its own. */
const rewrite = saying({ name: "rewritten", endpoint: "https://example.com/", unknown: true });

interface Trap {
  readonly changes?: JsonObject;
  readonly answer?: Answerer;
  readonly endpoint?: string;
  readonly stage: string;
}

const traps: readonly (readonly [string, Trap])[] = [
  ["has a mistyped host", { endpoint: "http://hoook.invalid/", stage: "resolve" }],
  ["has a mistyped port", { endpoint: "http://127.0.0.1:65534/", stage: "connect" }],
  ["has a mistyped scheme", { endpoint: "https:", stage: "tls" }],
  ["answers 404 with HTML", { answer: html, stage: "status" }],
  ["answers 200 with HTML", { answer: saying("<h1>"), changes: call(), stage: "answer" }],
  ["rewrites every request", { answer: rewrite, changes: call(), stage: "answer" }],
  ["is disabled", { changes: { disabled: true }, stage: "disabled" }],
  ["has no key to encrypt for", { changes: { payloadType: "PAYLOAD_TYPE_JWE" }, stage: "prepare" }],
  [
    "forwards what is no refusal",
    { answer: saying({ forwardedStatusCode: 500 }), stage: "forwarded" },
  ],
];

function call(): JsonObject {
  return { restCall: { interruptOnError: true } };
}

/** A tenant whose every call a target is in the way of. */
async function fallIn({ changes, answer, endpoint }: Trap) {
  const tenant = await newTenant(server);
  const hook = await openHook(answer);
  const url = endpoint === "https:" ? hook.url.replace("http:", "https:") : endpoint;
  const target = await tenant.target(url ?? hook.url, changes);
  await tenant.bind(allRequests, target);
  return { tenant, target };
}

/** The calls of the owner that repair, each in a trap of its own. */
const repairs = (target: Created, well: string): Record<string, JsonObject> => ({
  UpdateTarget: {
    id: target.id,
    ...{ endpoint: well, restWebhook: {}, payloadType: "PAYLOAD_TYPE_JSON", disabled: false },
  },
  DeleteTarget: { id: target.id },
  SetExecution: { condition: allRequests },
});

describe.each(traps)("a target on all requests that %s", (_name, trap) => {
  test("holds up all calls but those that repair it", async () => {
    const { tenant, target } = await fallIn(trap);
    const warning = `${target.id};${trap.stage}`;
    for (const [method, request] of [
      ["ListTargets", {}],
      ["GetTarget", { id: target.id }],
      ["ListExecutions", {}],
    ] as const) {
      const outcome = await tenant.call(method, request);
      expect(outcome.code).toBe("FAILED_PRECONDITION");
      expect(outcome.metadata).toMatchObject({ stage: trap.stage, target_id: target.id });
      expect(outcome.metadata.skip_header).toBe("targetd-skip-executions");
      expect(outcome.header("targetd-warning")).toBe(warning);
    }
  });

  test.each(["UpdateTarget", "DeleteTarget", "SetExecution"])(
    "is repaired by %s",
    async (method) => {
      const { tenant, target } = await fallIn(trap);
      const well = await openHook();
      const request = repairs(target, well.url)[method] ?? {};
      const outcome = await tenant.call(method, request);
      expect(shortly(outcome)).toBe("OK");
      expect(outcome.header("targetd-warning")).toBe(`${target.id};${trap.stage}`);
      const after = await tenant.call("ListTargets", {});
      expect(shortly(after)).toBe("OK");
      expect(after.header("targetd-warning")).toBeNull();
      expect(well.hits).toHaveLength(method === "UpdateTarget" ? 1 : 0);
    },
  );

  test("on all responses too is no way to keep the owner out", async () => {
    const { tenant, target } = await fallIn(trap);
    await tenant.bind(allResponses, target);
    const outcome = await tenant.call("SetExecution", { condition: allRequests });
    expect(shortly(outcome)).toBe("OK");
    const warning = `${target.id};${trap.stage}`;
    expect(outcome.header("targetd-warning")).toBe(`${warning}, ${warning}`);
    expect(shortly(await tenant.call("DeleteTarget", { id: target.id }))).toBe("OK");
    expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
  });

  test("holds up whoever may not write executions", async () => {
    const { tenant, target } = await fallIn(trap);
    const token = await tenant.tokenOf([], notOwner);
    const well = await openHook();
    for (const method of ["UpdateTarget", "DeleteTarget"]) {
      const request = repairs(target, well.url)[method] ?? {};
      const outcome = await tenant.call(method, request, { token });
      expect(outcome.metadata).toMatchObject({ stage: trap.stage, target_id: target.id });
    }
    expect(await tenant.must("GetTarget", { id: target.id })).toHaveProperty("target");
  });
});

test("a target that hangs holds a call up for 5 s, request and response together", async () => {
  const hook = await openHook(hang);
  const trap = async (...conditions: JsonObject[]) => {
    const tenant = await newTenant(server);
    const slow = await tenant.target(hook.url, { timeout: "270s" });
    for (const condition of conditions) await tenant.bind(condition, slow);
    return { tenant, slow };
  };
  const timed = async (method: string, ...conditions: JsonObject[]) => {
    const { tenant, slow } = await trap(...conditions);
    const started = performance.now();
    const request = method === "DeleteTarget" ? { id: slow.id } : {};
    const outcome = await tenant.call(method, request);
    return { outcome, seconds: (performance.now() - started) / 1000, slow };
  };
  const [read, repair] = await Promise.all([
    timed("ListTargets", allRequests),
    timed("DeleteTarget", allRequests, allResponses),
  ]);
  expect(shortly(read.outcome)).toBe("FAILED_PRECONDITION EXEC-dra6yamk98");
  expect(read.outcome.metadata.stage).toBe("headers");
  expect(shortly(repair.outcome)).toBe("OK");
  expect(repair.outcome.header("targetd-warning")).toBe(`${repair.slow.id};headers`);
  for (const { seconds } of [read, repair]) {
    expect(seconds).toBeGreaterThan(4.9);
    expect(seconds).toBeLessThan(7);
  }
});

describe("a target that clearly refuses", () => {
  test("holds up repairs as well, and the header leads past it", async () => {
    const answer = saying({ forwardedStatusCode: 403, forwardedErrorMessage: "frozen" });
    const { tenant, target } = await fallIn({ answer, stage: "forwarded" });
    const well = await openHook();
    for (const [method, request] of Object.entries(repairs(target, well.url))) {
      const outcome = await tenant.call(method, request);
      expect(shortly(outcome)).toBe("PERMISSION_DENIED EXEC-reUaUZCzCp");
      expect(outcome.metadata.skip_header).toBe("targetd-skip-executions");
    }
    const { message } = await tenant.call("GetTarget", { id: target.id }, { headers: skipping });
    expect(message).toHaveProperty("target.id", target.id);
    const gone = await tenant.call("DeleteTarget", { id: target.id }, { headers: skipping });
    expect(shortly(gone)).toBe("OK");
    expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
  });

  test("and one that rewrites repairs into others is left by the header too", async () => {
    const answer = saying({ id: "no-such-target" });
    const { tenant, target } = await fallIn({ answer, changes: call(), stage: "answer" });
    const missed = await tenant.call("DeleteTarget", { id: target.id });
    expect(shortly(missed)).toBe("OK");
    expect(await tenant.must("GetTarget", { id: target.id })).toHaveProperty("target");
    await tenant.call("DeleteTarget", { id: target.id }, { headers: skipping });
    expect(shortly(await tenant.call("ListTargets", {}))).toBe("OK");
  });
});

describe("the header targetd-skip-executions", () => {
  let tenant: Tenant;
  let hits: readonly unknown[];
  beforeEach(async () => {
    tenant = await newTenant(server);
    const hook = await openHook(html);
    hits = hook.hits;
    const target = await tenant.target(hook.url);
    await tenant.bind(allRequests, target);
    await tenant.bind(allResponses, target);
  });

  test.each(["gRPC by grpc-js", "gRPC-Web", "Connect JSON", "REST"] as const)(
    "leads past executions over %s, and the audit says so",
    async (through) => {
      const outcome = await tenant.call("ListTargets", {}, { through, headers: skipping });
      expect(shortly(outcome)).toBe("OK");
      expect(outcome.header("targetd-warning")).toBeNull();
      expect(hits).toHaveLength(0);
      const resourceId = `${actionService}/ListTargets`;
      const { changes } = await tenant.audit.listChanges({ resourceId });
      expect(changes).toMatchObject([
        {
          action: "skipped",
          resourceType: ResourceType.CALL,
          author: expect.stringMatching(/^token:/),
        },
      ]);
    },
  );

  test("is refused to whoever may not write executions, and the audit says so", async () => {
    const permissions = [...notOwner, "action.execution.read"];
    const token = await tenant.tokenOf(["IAM_OWNER_VIEWER"], permissions);
    for (const method of ["ListTargets", "ListExecutions"]) {
      const outcome = await tenant.call(method, {}, { token, headers: skipping });
      expect(shortly(outcome)).toBe("PERMISSION_DENIED AUTH-5mWD2");
      expect(outcome.metadata.permission).toBe("action.execution.write");
      const resourceId = `${actionService}/${method}`;
      const { changes } = await tenant.audit.listChanges({ resourceId });
      expect(changes.map(({ action }) => action)).toEqual(["denied"]);
    }
    expect(hits).toHaveLength(0);
  });

  test.each(["false", "", "1"])("means nothing with the value %j", async (value) => {
    const headers = { "targetd-skip-executions": value };
    const outcome = await tenant.call("ListTargets", {}, { headers });
    expect(outcome.metadata.stage).toBe("status");
  });
});
