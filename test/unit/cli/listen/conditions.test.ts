import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  createClient,
  createRouterTransport,
  type ServiceImpl,
} from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ActionService } from "../../../../gen/zitadel/action/v2/action_service_pb.ts";
import type { ExecutionSchema } from "../../../../gen/zitadel/action/v2/execution_pb.ts";
import { conditionArgument } from "../../../../src/cli/execution/condition.ts";
import { attach, widerThan } from "../../../../src/cli/listen/conditions.ts";

test.each([
  ["request/a.B/C", ["request/a.B", "request"]],
  ["response/a.B", ["response"]],
  ["request", []],
  ["event/a.b.c", ["event/a.b.c.*", "event/a.b.*", "event/a.*", "event"]],
  ["event/a.b.*", ["event/a.*", "event"]],
  ["event", []],
  ["function/f", []],
])("what counts where %s has no list", (id, wider) => {
  expect(widerThan(id)).toEqual(wider);
});

const condition = conditionArgument("event/a.b");

type Lists = Readonly<Record<string, MessageInitShape<typeof ExecutionSchema>>>;

/** A server whose lists are those of each answer in turn. */
function serverWith(
  answers: readonly Lists[],
  set: ServiceImpl<typeof ActionService>["setExecution"],
) {
  const left = [...answers];
  const transport = createRouterTransport(({ service }) => {
    service(ActionService, {
      listExecutions: () => ({
        executions: Object.entries(left.shift() ?? {}).map(([id, list]) => ({
          condition: conditionArgument(id),
          ...list,
        })),
      }),
      setExecution: set,
    });
  });
  return createClient(ActionService, transport);
}

test("a list that changes meanwhile is read anew, and nobody's place is lost", async () => {
  const sent: unknown[] = [];
  const client = serverWith(
    [
      {},
      { "event/a.b": { targets: ["x"], etag: "1" } },
      { "event/a.b": { targets: ["x", "y"], etag: "2" } },
    ],
    ({ targets, etag }) => {
      sent.push({ targets, etag });
      if (etag !== "2") throw new ConnectError("changed", Code.Aborted);
      return {};
    },
  );
  await attach(client, condition, "t", { shadow: false });
  expect(sent).toEqual([
    { targets: ["t"], etag: "none" },
    { targets: ["x", "t"], etag: "1" },
    { targets: ["x", "y", "t"], etag: "2" },
  ]);
});

test("one that never stops changing is an error in the end", async () => {
  let tries = 0;
  const client = serverWith([], () => {
    tries++;
    throw new ConnectError("changed", Code.Aborted);
  });
  const attached = attach(client, condition, "t", { shadow: false });
  await expect(attached).rejects.toMatchObject({ code: Code.Aborted });
  expect(tries).toBe(10);
});

test("the list of a wider condition goes on where there is one of exactly this too", async () => {
  const sent: unknown[] = [];
  const lists = { "event/a.b": { targets: ["x"], etag: "1" }, event: { targets: ["w"] } };
  const client = serverWith([lists], ({ targets }) => {
    sent.push(targets);
    return {};
  });
  await attach(client, condition, "t", { shadow: false });
  expect(sent).toEqual([["x", "t"]]);
});

test("the nearest wider condition is named, and nothing is set", async () => {
  const lists = { event: { targets: ["w"] }, "event/a.*": { targets: ["v", "w"] } };
  const client = serverWith([lists], () => {
    throw new Error("not to be set");
  });
  const attached = attach(client, condition, "t", { shadow: false });
  await expect(attached).rejects.toThrow(/event\/a\.\*.* 2 targets/);
});
