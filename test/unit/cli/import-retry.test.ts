import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import { repeated } from "../../../src/cli/import/retry.ts";

const exhausted = (reason: string) =>
  new ConnectError("no", Code.ResourceExhausted, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "targetd" } },
  ]);

test.each([
  ["OVERLOADED", ["called", "called", "done"]],
  ["QUOTA_EXCEEDED", ["called"]],
])("what is refused with %s is repeated where that helps", async (reason, expected) => {
  const seen: string[] = [];
  const call = async () => {
    seen.push("called");
    if (seen.length === 1) throw exhausted(reason);
    return "done";
  };
  await repeated(call).then(
    (result) => seen.push(result),
    (thrown: unknown) => expect(thrown).toBeInstanceOf(ConnectError),
  );
  expect(seen).toEqual(expected);
});
