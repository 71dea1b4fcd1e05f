import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ApiError } from "../../../src/errors/api-error.ts";
import { toConnectError } from "../../../src/errors/to-wire.ts";
import { describeViolations } from "../../../src/errors/violations.ts";
import { isCancelled, problemOf } from "../../../web/src/api/problem.ts";

test("an error of the server has its text, id, reason and an advice", () => {
  const problem = problemOf(toConnectError(new ApiError("etagMismatch")));
  expect(problem).toMatchObject({
    code: Code.Aborted,
    id: "TARGETD-ETAG-MISMATCH",
    reason: "ETAG_MISMATCH",
    violations: new Map(),
  });
  expect(problem.text).toMatch(/^The etag .*\.$/);
  expect(problem.advice).not.toBe("");
});

test("violations stand by themselves, not in the text as well", () => {
  const violations = [
    { field: "name", description: "must not be blank" },
    { field: "timeout", description: "must be more than 0 s" },
  ];
  const problem = problemOf(
    toConnectError(new ApiError("invalidArgument", describeViolations(violations))),
  );
  expect(problem.violations).toEqual(
    new Map([
      ["name", "Must not be blank."],
      ["timeout", "Must be more than 0 s."],
    ]),
  );
  expect(problem.text).not.toContain("blank");
});

test("a connection that failed is told as such, without an id", () => {
  const error = ConnectError.from(new TypeError("Failed to fetch"));
  expect(problemOf(error)).toMatchObject({ code: Code.Unavailable, id: "" });
});

test("a fault of the console itself keeps its words", () => {
  expect(problemOf(new Error("no such thing"))).toMatchObject({
    code: Code.Unknown,
    text: "No such thing.",
  });
});

test.each([
  [new ConnectError("gone", Code.Canceled), true],
  [new DOMException("gone", "AbortError"), true],
  [new ConnectError("late", Code.DeadlineExceeded), false],
])("%s is a cancelled call: %s", (error, cancelled) => {
  expect(isCancelled(error)).toBe(cancelled);
});
