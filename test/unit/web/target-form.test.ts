import { describe, expect, test } from "vitest";
import {
  emptyForm,
  type FormField,
  formOf,
  placeViolations,
  readForm,
  type TargetForm,
} from "../../../web/src/targets/form.ts";

const filled: TargetForm = { ...emptyForm, name: "orders", endpoint: "https://example.com/hook" };

const problemsOf = (changes: Partial<TargetForm>): readonly FormField[] => [
  ...readForm({ ...filled, ...changes }).problems.keys(),
];

const row = (name: string, value = "", stored = false) => ({ key: 0, name, value, stored });

describe("readForm", () => {
  test("reads a new target with its defaults", () => {
    expect(readForm(filled)).toEqual({
      problems: new Map(),
      ttl: undefined,
      fields: {
        name: "orders",
        endpoint: "https://example.com/hook",
        type: { kind: "webhook", interrupt: true },
        timeout: 10_000_000_000n,
        payload: "json",
        headers: {},
        policy: undefined,
        disabled: false,
        ordered: false,
      },
    });
  });

  test.each<[string, readonly FormField[]]>([
    ["1ns", []],
    [" 500ms ", []],
    ["270s", []],
    ["4m30s", []],
    ["0s", ["timeout"]],
    ["4m31s", ["timeout"]],
    ["270.000000001s", ["timeout"]],
    ["10", ["timeout"]],
    ["ten", ["timeout"]],
    ["", ["timeout"]],
  ])("a timeout of %j has the problems %j", (timeout, problems) => {
    expect(problemsOf({ timeout })).toEqual(problems);
  });

  test("finds everything that is wrong at once", () => {
    const wrong = { name: " ", endpoint: "", timeout: "x", headers: [row("", "v")] };
    expect(problemsOf(wrong)).toEqual(["name", "endpoint", "timeout", "headers"]);
  });

  test.each<[string, TargetForm["headers"], readonly FormField[]]>([
    ["empty rows", [row("")], []],
    ["a value that the server keeps", [row("x-key", "", true)], []],
    ["a new name without a value", [row("x-key")], ["headers"]],
    ["a name twice", [row("x-key", "1"), row("x-key", "2")], ["headers"]],
    ["a name of every object", [row("constructor", "1")], []],
  ])("headers with %s", (_what, headers, problems) => {
    expect(problemsOf({ headers })).toEqual(problems);
  });

  test.each<[Partial<TargetForm>, readonly FormField[]]>([
    [{ retryDelays: "5s, 5m 24h,0" }, []],
    [{ retryDelays: "25h" }, ["retryDelays"]],
    [{ retryDelays: "5s; 1m" }, ["retryDelays"]],
    [{ retryDelays: Array(20).fill("1s").join() }, []],
    [{ retryDelays: Array(21).fill("1s").join() }, ["retryDelays"]],
    [{ maxConcurrency: "1000", maxPerSecond: "100000" }, []],
    [{ maxConcurrency: "1001" }, ["maxConcurrency"]],
    [{ maxPerSecond: "100001" }, ["maxPerSecond"]],
    [{ maxConcurrency: "0", maxPerSecond: "-1" }, ["maxConcurrency", "maxPerSecond"]],
    [{ maxConcurrency: "1.5", maxPerSecond: "1e3" }, ["maxConcurrency", "maxPerSecond"]],
  ])("the policy %j has the problems %j", (changes, problems) => {
    expect(problemsOf({ ownPolicy: true, ...changes })).toEqual(problems);
  });

  test("leaves out a policy that is not the target's own, wrong or not", () => {
    const { fields, problems } = readForm({ ...filled, retryDelays: "x", maxPerSecond: "x" });
    expect([fields.policy, problems.size]).toEqual([undefined, 0]);
  });

  test.each<[string, bigint | undefined, readonly FormField[]]>([
    ["", undefined, []],
    ["1s", 1_000_000_000n, []],
    ["30d", 2_592_000_000_000_000n, []],
    ["999ms", 999_000_000n, ["ttl"]],
    ["31d", 2_678_400_000_000_000n, ["ttl"]],
    ["soon", 0n, ["ttl"]],
  ])("a target that stays for %s has %s nanoseconds and the problems %j", (ttl, read, problems) => {
    const reading = readForm({ ...filled, ttl });
    expect([reading.ttl, [...reading.problems.keys()]]).toEqual([read, problems]);
  });

  test("an async target interrupts nobody", () => {
    const { fields } = readForm({ ...filled, kind: "async", interrupt: true });
    expect(fields.type).toEqual({ kind: "async", interrupt: false });
  });

  test("reads what formOf made of settings as those settings", () => {
    const { fields } = readForm({
      ...filled,
      kind: "call",
      timeout: "1m30s",
      payload: "jwe",
      ownPolicy: true,
      retryDelays: "1s, 1m",
      clientErrorsFinal: true,
      maxConcurrency: "3",
      enabled: false,
      ordered: true,
    });
    const stored = { ...fields, headers: { "x-key": "" } };
    expect(readForm(formOf(stored))).toMatchObject({ fields: stored, problems: new Map() });
  });
});

test("violations of the server are placed at the fields they are about", () => {
  const violations = new Map([
    ["name", "a"],
    ["rest_webhook.interrupt_on_error", "b"],
    ["delivery_policy.retry_delays[0]", "c"],
    ["delivery_policy.max_per_second", "d"],
    ['headers["x"]', "e"],
    ["request_id", "f"],
  ]);
  expect(placeViolations(violations)).toEqual({
    problems: new Map([
      ["name", "a"],
      ["kind", "b"],
      ["retryDelays", "c"],
      ["maxPerSecond", "d"],
      ["headers", "e"],
    ]),
    others: new Map([["request_id", "f"]]),
  });
});
