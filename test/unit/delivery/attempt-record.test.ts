import { expect, test } from "vitest";
import { attemptRecord, type CountedCall } from "../../../src/delivery/attempt-record.ts";
import { micros, nanoseconds } from "../../../src/domain/units.ts";
import { sampleSettings, sampleTarget } from "../../support/targets.ts";

const report = {
  timings: {
    ...{ dns: undefined, connect: nanoseconds(2), tls: undefined, firstByte: nanoseconds(3) },
    total: nanoseconds(9),
  },
  ...{ address: "203.0.113.7:443", reused: false, sentHeaders: { "x-key": "[secret]" } },
};

const answered: CountedCall = {
  ...{ kind: "answered", status: 503, ...report },
  headers: { "retry-after": "5", "set-cookie": ["id=1"] },
  body: Buffer.alloc(5000, "x"),
};

const failed: CountedCall = {
  ...{ kind: "failed", stage: "body", timedOut: true, message: "too slow", ...report },
  ...{ status: undefined, cause: undefined },
};

function recordOf(call: CountedCall, payloadType: "json" | "jwe" = "json") {
  const target = sampleTarget({ settings: sampleSettings({ payloadType }) });
  return attemptRecord({ attempts: 2 }, { target, encryptionKey: undefined }, call, micros(7));
}

test("the record of an answer has its beginning, and no credential", () => {
  expect(recordOf(answered)).toMatchObject({
    ...{ number: 3, startedAt: 7, duration: 9, stage: "status", httpStatus: 503 },
    requestHeaders: { "x-key": "[secret]" },
    responseHeaders: { "retry-after": "5", "set-cookie": "[secret]" },
  });
  expect(recordOf(answered).responseBody).toHaveLength(4096);
});

test("what a target with encrypted payloads answers is not kept", () => {
  expect(recordOf(answered, "jwe").responseBody).toHaveLength(0);
});

test.each([
  ["no answer", failed, { stage: "body", timedOut: true, error: "too slow" }],
  ["2xx", { ...answered, status: 204 }, { stage: undefined, timedOut: false, error: "" }],
  // The target has taken it, whatever became of its answer.
  ["2xx and no body", { ...failed, status: 200 }, { stage: undefined, timedOut: false, error: "" }],
] as const)("%s tells its stage", (_name, call, outcome) => {
  expect(recordOf(call)).toMatchObject(outcome);
});
