/** The parts of import that need no server. */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { TargetSchema } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { PaginationResponseSchema } from "../../../gen/zitadel/filter/v2/filter_pb.ts";
import { applyPlan, noResults } from "../../../src/cli/import/apply.ts";
import { concurrently } from "../../../src/cli/import/concurrently.ts";
import { withoutIncludes } from "../../../src/cli/import/includes.ts";
import { readAll } from "../../../src/cli/import/pages.ts";
import type { Plan, TargetStep } from "../../../src/cli/import/plan.ts";
import type { Call } from "../../../src/cli/import/read.ts";

describe("an import into a server that refuses", () => {
  const step = (index: number): TargetStep => ({
    kind: "target",
    action: "create",
    note: "",
    source: create(TargetSchema, { id: `t${index}`, name: `target ${index}` }),
    existing: undefined,
    paths: [],
  });
  const plan: Plan = {
    targets: Array.from({ length: 50 }, (_, index) => step(index)),
    keys: [],
    executions: [],
  };

  /** What comes of it when every call fails so. */
  async function apply(error: ConnectError) {
    const results = noResults(plan);
    let calls = 0;
    const call: Call = () => {
      calls += 1;
      return Promise.reject(error);
    };
    const ended = await applyPlan(plan, results, { call, onProgress: () => undefined }).then(
      () => "to the end",
      () => "at once",
    );
    return { ended, calls, errors: results.errors.size };
  }

  test.each([Code.Unauthenticated, Code.PermissionDenied, Code.DeadlineExceeded])(
    "everything (code %d) ends at once",
    async (code) => {
      const { ended, calls, errors } = await apply(new ConnectError("no", code));
      expect([ended, errors]).toEqual(["at once", calls]);
      expect(calls).toBeLessThan(plan.targets.length);
    },
  );

  test.each([Code.InvalidArgument, Code.AlreadyExists, Code.ResourceExhausted, Code.Internal])(
    "what it is given (code %d) goes on to the end",
    async (code) => {
      const all = plan.targets.length;
      const outcome = await apply(new ConnectError("no", code));
      expect(outcome).toEqual({ ended: "to the end", calls: all, errors: all });
    },
  );

  test("because a target in front of it said so goes on to the end", async () => {
    const value = { reason: "TARGET_FORWARDED_ERROR", domain: "targetd" };
    const details = [{ desc: ErrorInfoSchema, value }];
    const forwarded = new ConnectError("no", Code.PermissionDenied, undefined, details);
    expect((await apply(forwarded)).ended).toBe("to the end");
  });
});

describe("included conditions", () => {
  /** Field 2 of ExecutionTargetType: {function: {name}}. */
  const include = (name: string) => {
    const inner = [0x0a, name.length, ...Buffer.from(name)];
    const condition = [0x1a, inner.length, ...inner];
    return Buffer.from([0x12, condition.length, ...condition]).toString();
  };
  const target = (id: string) => Buffer.from([0x0a, id.length, ...Buffer.from(id)]).toString();
  const targetsOf = (lists: Readonly<Record<string, string[]>>) =>
    Object.fromEntries(
      withoutIncludes(
        Object.entries(lists).map(([name, targets]) => ({ id: `function/${name}`, targets })),
      ).map(({ id, targets }) => [id.replace("function/", ""), targets]),
    );

  test("are replaced by their targets where they stand, however deep", () => {
    expect(
      targetsOf({
        a: ["1", include("b"), "4"],
        b: [target("2"), include("c")],
        c: [target("3")],
      }),
    ).toEqual({ a: ["1", "2", "3", "4"], b: ["2", "3"], c: ["3"] });
  });

  test("that lead back to themselves, or nowhere, stay, so that the list is a conflict", () => {
    const { a, b, c } = targetsOf({
      a: [include("b")],
      b: [include("a")],
      c: ["1", include("nobody")],
    });
    expect([a, b]).toEqual([[expect.any(String)], [expect.any(String)]]);
    expect(c).toEqual(["1", include("nobody")]);
  });

  test.each(["\u0012", "\u0012\u00ff", "\u000a\u0005ab", "\u0012\u0002\u0001\u0001"])(
    "that cannot be read (%j) stay",
    (entry) => {
      expect(targetsOf({ a: [entry] })).toEqual({ a: [entry] });
    },
  );
});

describe("readAll", () => {
  const pagination = (totalResult: number) =>
    create(PaginationResponseSchema, { totalResult: BigInt(totalResult) });

  test("reads on to the first empty page where the server does not count", async () => {
    const items = ["a", "b", "c"];
    const read = ({ offset = 0n }: { offset?: bigint }) =>
      Promise.resolve({
        items: items.slice(Number(offset), Number(offset) + 2),
        pagination: undefined,
      });
    expect(await readAll("things", read, (item) => item)).toEqual(items);
  });

  test("gives up a list without an end", async () => {
    let next = 0;
    const read = () => {
      const items = Array.from({ length: 5_000 }, () => String(next++));
      return Promise.resolve({ items, pagination: pagination(10 ** 9) });
    };
    await expect(readAll("things", read, (item) => item)).rejects.toThrow("more than");
    expect(next).toBeLessThan(200_000);
  });

  test("gives up a list that promises more than it has", async () => {
    const read = () => Promise.resolve({ items: [], pagination: pagination(0) });
    expect(await readAll("things", read, (item: string) => item)).toEqual([]);
    let page = 0;
    const short = () => {
      const items = page++ % 2 === 0 ? ["a"] : [];
      return Promise.resolve({ items, pagination: pagination(items.length * 2) });
    };
    await expect(readAll("things", short, (item) => item)).rejects.toThrow("changed");
  });
});

test("concurrently keeps to its limit and tells how far it is", async () => {
  let [running, most] = [0, 0];
  const told: number[] = [];
  const act = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running -= 1;
  };
  await concurrently([1, 2, 3, 4, 5], 2, act, (done) => void told.push(done));
  expect([most, told]).toEqual([2, [1, 2, 3, 4, 5]]);
});
