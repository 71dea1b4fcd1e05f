import { expect, test } from "vitest";
import { attemptRecord, type CountedCall } from "../../../src/delivery/attempt-record.ts";
import { micros, nanoseconds } from "../../../src/domain/units.ts";
import { sampleSettings, sampleTarget } from "../../support/targets.ts";

const report = {
  timings: {
    ...{ dns: undefined, connect: nanoseconds(2), tls: undefined, firstByte: nanoseconds(3) },
    total: nanoseconds(9),
  },
  ...{ address: "203.0.113.7:443", reused: false, sentHeaders: () => ({ "x-key": "[secret]" }) },
  repeatsSecret: (answered: string | Buffer, within = Infinity) =>
    answered.includes("secret") && answered.indexOf("secret") < within,
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

function recordOf(call: CountedCall, payloadType: "json" | "jwe" = "json", logBody = 1024) {
  const target = sampleTarget({ settings: sampleSettings({ payloadType }) });
  const callee = { target, encryptionKey: undefined };
  return attemptRecord({ attempts: 2 }, callee, call, micros(7), logBody);
}

test("the record of an answer has its beginning, and no credential", () => {
  expect(recordOf(answered)).toMatchObject({
    ...{ number: 3, startedAt: 7, duration: 9, stage: "status", httpStatus: 503 },
    requestHeaders: { "x-key": "[secret]" },
    responseHeaders: { "retry-after": "5", "set-cookie": "[secret]" },
  });
  expect(recordOf(answered).responseBody).toHaveLength(1024);
});

test.each([0, 1, 4999, 5000, 5001])("of a body the first %i bytes are kept", (logBody) => {
  expect(recordOf(answered, "json", logBody).responseBody).toEqual(
    Uint8Array.from(answered.body.subarray(0, logBody)),
  );
});

test("a header that repeats a secret is masked", () => {
  const echo = { ...answered, headers: { "x-echo": "the secret", "x-other": "no" } };
  const { responseHeaders } = recordOf(echo);
  expect(responseHeaders).toEqual({ "x-echo": "[secret]", "x-other": "no" });
});

test.each([
  [0, 0],
  [1023, 0],
  [1024, 1024],
])("of a body that repeats a secret at %i, %i bytes are kept", (place, kept) => {
  const echo = { ...answered, body: Buffer.from(`${"x".repeat(place)}secret`) };
  expect(recordOf(echo).responseBody).toHaveLength(kept);
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
