import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type Target, TargetSchema } from "../../../gen/zitadel/action/v2/target_pb.ts";
import { parseConditionId } from "../../../src/domain/condition.ts";
import { blockingOf } from "../../../web/src/pages/execution/blocking.ts";

const targetOf = (targetType: Target["targetType"], disabled = false) =>
  create(TargetSchema, { name: "gate", targetType, disabled });

const webhook = (interruptOnError: boolean) =>
  ({ case: "restWebhook", value: { interruptOnError } }) as Target["targetType"];
const asynchronous = { case: "restAsync", value: {} } as Target["targetType"];

function blocking(id: string, ...targets: readonly Target[]) {
  const condition = parseConditionId(id);
  if (condition === undefined) throw new Error(`${id} is no condition`);
  return blockingOf(condition, targets);
}

test("only targets that interrupt block callers, and nobody waits for events", () => {
  const gate = targetOf(webhook(true));
  expect(blocking("request/shop.v1.Shop", gate)?.interrupting).toEqual([gate]);
  expect(blocking("function/preuserinfo", gate)?.interrupting).toEqual([gate]);
  expect(blocking("response", targetOf(webhook(false)), targetOf(asynchronous))).toBeUndefined();
  expect(blocking("event", gate)).toBeUndefined();
});

test("a disabled target that interrupts fails every call", () => {
  const [gate, closed] = [targetOf(webhook(true)), targetOf(webhook(true), true)];
  expect(blocking("request", gate, closed)?.disabled).toEqual([closed]);
  expect(blocking("request", gate, targetOf(webhook(false), true))?.disabled).toEqual([]);
});

test.each([
  ["request", true],
  ["response/zitadel.action.v2.ActionService", true],
  ["request/zitadel.action.v2beta.ActionService/CreateTarget", true],
  ["request/shop.v1.Shop", false],
  ["function/preuserinfo", false],
])("whether %s is about the API of targets: %s", (id, expected) => {
  expect(blocking(id, targetOf(webhook(true)))?.ownApi).toBe(expected);
});
