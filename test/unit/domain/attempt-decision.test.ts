import { describe, expect, test } from "vitest";
import {
  type CalledSituation,
  decideAttempt,
  failureStageOf,
} from "../../../src/domain/attempt-decision.ts";
import {
  afterClaim,
  afterFailure,
  afterSuccess,
  type Breaker,
  newBreaker,
} from "../../../src/domain/breaker.ts";
import { conditionId } from "../../../src/domain/condition.ts";
import type { DeliveryPolicy } from "../../../src/domain/target.ts";
import { defaultInstance, micros, nanoseconds, targetId } from "../../../src/domain/units.ts";
import type { CallResult, FailureStage } from "../../../src/execution/outcome.ts";
import { unsentCall } from "../../../src/execution/unsent.ts";
import { sampleSettings, sampleTarget } from "../../support/targets.ts";

const now = micros(1_000_000e6);
const day = 24 * 3600e6;

interface Given {
  readonly attempts?: number;
  readonly breaker?: Breaker;
  /** Whether the target was disabled while it was called. */
  readonly disabled?: boolean;
  readonly policy?: Partial<DeliveryPolicy>;
  /** What was called; by default what the target has now. */
  readonly endpoint?: string;
}

function situation(given: Given): CalledSituation {
  const { attempts = 0, breaker = newBreaker(), disabled = false, policy } = given;
  const deliveryPolicy = policy && {
    ...{ retryDelays: [], clientErrorsFinal: false, maxConcurrency: 0, maxPerSecond: 0 },
    ...policy,
  };
  const event = { id: "e1", type: "user.added" };
  const target = sampleTarget({ settings: sampleSettings({ deliveryPolicy, disabled }) });
  return {
    endpoint: given.endpoint ?? target.settings.endpoint,
    delivery: {
      ...{ id: "msg_1", target: targetId("01target"), instance: defaultInstance, attempts },
      ...{ condition: conditionId("event"), event, orderKey: "u1", context: "{}", depth: 0 },
      ...{ traceparent: undefined, createdAt: now, state: "pending", dueAt: now },
      ...{ finishedAt: undefined, revision: 1 },
    },
    settings: target.settings,
    breaker,
  };
}

const nothing = { dns: undefined, connect: undefined, tls: undefined, firstByte: undefined };
const report = {
  timings: { ...nothing, total: nanoseconds(1e6) },
  address: "203.0.113.7:443",
  reused: false,
};

function answered(
  status: number,
  headers: Record<string, string | string[]> = {},
  body = "",
): CallResult {
  return { kind: "answered", status, headers, body: Buffer.from(body), ...report };
}

function failed(stage: FailureStage, status?: number): CallResult {
  const about = { stage, status, timedOut: false, message: "it failed", cause: undefined };
  return { kind: "failed", ...about, ...report };
}

const cancelled: CallResult = { kind: "cancelled", stage: "headers", ...report };

const decide = (outcome: CallResult, given: Given = {}, random = 0.5) =>
  decideAttempt(situation(given), outcome, now, random);

const untouched = { breaker: newBreaker(), disable: undefined };
const retried = { state: "pending", dueAt: now + 5e6, disable: undefined };

test.each([
  ["200", answered(200)],
  ["204", answered(204)],
  ["299", answered(299)],
  ["an error that is forwarded", answered(200, {}, '{"forwardedStatusCode":403}')],
  ["no JSON", answered(200, {}, "<html>")],
  ["a body that cannot be read", failed("body", 200)],
])("%s is a success", (_name, outcome) => {
  const breaker = afterFailure(newBreaker(), now);
  expect(decide(outcome, { breaker, attempts: 7 })).toEqual({
    ...{ state: "succeeded", dueAt: undefined, disable: undefined },
    breaker: afterSuccess(breaker, now),
  });
});

describe("when the target has another endpoint by now", () => {
  const endpoint = "https://before.example.com/hook";
  const breaker = afterFailure(newBreaker(), now);
  const policy = { clientErrorsFinal: true };

  test.each([410, 404, 500])("%d is retried, and tells nothing about the target", (status) => {
    expect(decide(answered(status), { endpoint, breaker, policy })).toEqual({
      ...retried,
      breaker,
    });
  });

  test("2xx is a success, and tells nothing about the target", () => {
    expect(decide(answered(200), { endpoint, breaker })).toEqual({
      ...{ state: "succeeded", dueAt: undefined, disable: undefined, breaker },
    });
  });

  test("the last attempt is the last", () => {
    expect(decide(answered(410), { endpoint, breaker, attempts: 7 })).toEqual({
      ...{ state: "failed", dueAt: undefined, disable: undefined, breaker },
    });
  });
});

describe("a failure of the target", () => {
  test.each([
    ["302", answered(302), "status"],
    ["400", answered(400), "status"],
    ["404", answered(404), "status"],
    ["500", answered(500), "status"],
    ["no name", failed("resolve"), "resolve"],
    ["no connection", failed("connect"), "connect"],
    ["no TLS", failed("tls"), "tls"],
    ["a request that is not taken", failed("send"), "send"],
    ["no answer", failed("headers"), "headers"],
    ["half an answer", failed("body", 500), "body"],
  ] as const)("%s is tried again and counts for the breaker", (_name, outcome, stage) => {
    expect(decide(outcome)).toEqual({ ...retried, breaker: afterFailure(newBreaker(), now) });
    expect(failureStageOf(outcome as Exclude<CallResult, { kind: "cancelled" }>)).toBe(stage);
  });

  test("ends the delivery with the last attempt", () => {
    expect(decide(answered(500), { attempts: 6 }).state).toBe("pending");
    expect(decide(answered(500), { attempts: 7 })).toMatchObject({
      ...{ state: "failed", dueAt: undefined, disable: undefined },
    });
    const policy = { retryDelays: [nanoseconds(1e9)] };
    expect(decide(answered(500), { policy })).toMatchObject({ dueAt: now + 1e6 });
    expect(decide(answered(500), { policy, attempts: 1 }).state).toBe("failed");
  });

  test("asks for another wait with one Retry-After", () => {
    expect(decide(answered(503, { "retry-after": "8" }), {}, 0).dueAt).toBe(now + 8e6);
    expect(decide(answered(503, { "retry-after": ["8", "9"] })).dueAt).toBe(now + 5e6);
  });

  test.each([
    [answered(400), "failed"],
    [answered(408), "pending"],
    [answered(425), "pending"],
    [answered(429), "pending"],
    [answered(500), "pending"],
    [failed("body", 404), "failed"],
    [failed("connect"), "pending"],
  ])("when client errors are final, ends the delivery if it is one", (outcome, state) => {
    const decision = decide(outcome, { policy: { clientErrorsFinal: true } });
    expect(decision.state).toBe(state);
    expect(decision.breaker).toEqual(afterFailure(newBreaker(), now));
  });
});

test.each([answered(410), failed("body", 410)])(
  "410 ends it and disables the target",
  (outcome) => {
    expect(decide(outcome)).toEqual({
      ...{ state: "failed", dueAt: undefined, disable: "gone" },
      breaker: afterFailure(newBreaker(), now),
    });
  },
);

test.each([
  ["410", answered(410), newBreaker(), "failed"],
  [
    "failures for five days",
    answered(500),
    afterFailure(newBreaker(), micros(now - 5 * day)),
    "pending",
  ],
])("%s of a target that is disabled already disables nothing", (_name, outcome, breaker, state) => {
  expect(decide(outcome, { breaker, disabled: true })).toMatchObject({
    ...{ state, disable: undefined },
    breaker: afterFailure(breaker, now),
  });
});

test("five days of nothing but failures disable the target and keep the delivery", () => {
  const since = (at: number) => afterFailure(newBreaker(), micros(at));
  expect(decide(answered(500), { breaker: since(now - 5 * day) })).toMatchObject({
    ...retried,
    disable: "failing",
  });
  expect(decide(answered(500), { breaker: since(now - 5 * day + 1) }).disable).toBeUndefined();
  expect(decide(answered(200), { breaker: since(now - 6 * day) }).disable).toBeUndefined();
});

test.each([
  ["a request that cannot be made", unsentCall("prepare", "no key")],
  ["a refused address", failed("refused")],
])("%s costs an attempt and tells nothing about the target", (_name, outcome) => {
  expect(decide(outcome)).toEqual({ ...retried, ...untouched });
  expect(decide(outcome, { attempts: 7 })).toEqual({
    ...{ state: "failed", dueAt: undefined },
    ...untouched,
  });
  const failing = afterFailure(newBreaker(), micros(now - 6 * day));
  expect(decide(outcome, { breaker: failing })).toMatchObject({
    breaker: failing,
    disable: undefined,
  });
});

test.each([
  ["an attempt that was given up", cancelled],
  ["a disabled target", unsentCall("disabled", "the target is disabled")],
])("%s leaves everything as it was", (_name, outcome) => {
  const kept = { state: "pending", dueAt: now, ...untouched };
  expect(decide(outcome)).toEqual(kept);
  expect(decide(outcome, { attempts: 20 })).toEqual(kept);
});

test("the one call of a half-open breaker decides about it", () => {
  const open = Array.from({ length: 10 }).reduce<Breaker>(
    (breaker) => afterFailure(breaker, micros(now - 60e6)),
    newBreaker(),
  );
  const breaker = afterClaim(open);
  expect(decide(answered(200), { breaker }).breaker.state).toBe("closed");
  expect(decide(answered(500), { breaker }).breaker).toMatchObject({ state: "open", openings: 2 });
  expect(decide(failed("refused"), { breaker }).breaker).toBe(breaker);
});
