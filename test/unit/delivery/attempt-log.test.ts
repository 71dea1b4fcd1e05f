import { expect, test } from "vitest";
import { attemptLog } from "../../../src/delivery/attempt-log.ts";
import { conditionId } from "../../../src/domain/condition.ts";
import type { Delivery } from "../../../src/domain/delivery.ts";
import { micros, nanoseconds } from "../../../src/domain/units.ts";
import { unsentCall } from "../../../src/execution/unsent.ts";
import type { AttemptDecision } from "../../../src/store/claims.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import {
  attempt,
  closed,
  makeDelivery,
  openUntil,
  seconds,
} from "../../conformance/store/delivery-fixtures.ts";
import { makeTarget, one, start } from "../../conformance/store/fixtures.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const delivery: Delivery = {
  ...makeDelivery("msg_1", { event: { id: "e1", type: "user.added" }, traceparent, depth: 2 }),
  ...{ instance: one, state: "pending", attempts: 2, dueAt: start, finishedAt: undefined },
  ...{ revision: 1, condition: conditionId("event/user.*") },
};
const call = {
  ...unsentCall("connect", "no"),
  reused: true,
  sentHeaders: () => ({}),
  repeatsSecret: () => false,
};

/** The line about an attempt. */
function lineOf(
  parts: Parameters<typeof attempt>[1],
  decision: Partial<AttemptDecision> | undefined,
) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: "trace", pretty: false, colour: false, destination });
  const callee = { target: makeTarget("t"), encryptionKey: undefined };
  const claim = { delivery, row: 1, callee, fence: 7, leasedUntil: seconds(30) };
  const made = {
    call,
    attempt: attempt(3, { startedAt: seconds(60), duration: nanoseconds(12e6), ...parts }),
    endpoint: callee.target.settings.endpoint,
    traceparent,
  };
  const whole = { state: "failed", dueAt: undefined, breaker: closed, disable: undefined } as const;
  attemptLog(log, claim, made, decision && { ...whole, ...decision });
  expect(lines).toHaveLength(1);
  const { time: _, ...line } = JSON.parse(lines[0] ?? "");
  return line;
}

const common = {
  ...{ instance: one, delivery: "msg_1", target: "t", condition: "event/user.*" },
  ...{ event: "e1", eventType: "user.added", depth: 2, attempt: 3, fence: 7 },
  ...{ trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" },
  ...{ address: "203.0.113.7:443", reused: true, timedOut: false },
  ...{ durationMs: 12, ageMs: 60_000 },
};

test("a success is one line at the level debug", () => {
  expect(lineOf({}, { state: "succeeded" })).toEqual({
    ...common,
    ...{ level: "debug", msg: "delivery made", outcome: "succeeded", httpStatus: 200 },
    breaker: "closed",
  });
});

test("a failure is one line that tells why, and when the next attempt is due", () => {
  const failure = { stage: "status", httpStatus: 503, error: "it answered with status 503" };
  const dueAt = micros(start + 90e6);
  const decision = { state: "pending", dueAt, breaker: openUntil(seconds(30)) } as const;
  expect(lineOf(failure, decision)).toEqual({
    ...common,
    ...{ level: "info", msg: "delivery failed", outcome: "retried", stage: "status" },
    ...{ httpStatus: 503, problem: "it answered with status 503", breaker: "open" },
    due: new Date(dueAt / 1000).toISOString(),
    openUntil: new Date(seconds(30) / 1000).toISOString(),
  });
});

test("one that disables the target is a warning", () => {
  const line = lineOf({ stage: "status", httpStatus: 410, error: "gone" }, { disable: "gone" });
  expect(line).toMatchObject({ level: "warn", outcome: "failed", disable: "gone" });
});

test("a result that came too late says so", () => {
  expect(lineOf({}, undefined)).toMatchObject({ outcome: "lost", httpStatus: 200 });
});
