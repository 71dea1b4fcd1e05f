import { expect, test } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import { ActionService as BetaActionService } from "../../gen/zitadel/action/v2beta/action_service_pb.ts";
import { decode } from "./support/decode.ts";
import { apiErrorOf, fieldsOf } from "./support/errors.ts";

const condition = { request: { all: true } };

function decodeBeta(targets: unknown) {
  const body = JSON.stringify({ condition, targets });
  return decode(BetaActionService, "PUT", "/v2beta/actions/executions", { body });
}

test.each([
  ["ids", ["a", "b"], ["a", "b"]],
  ["objects", [{ target: "a" }, { target: "b" }], ["a", "b"]],
  ["both", ["a", { target: "b" }, "c"], ["a", "b", "c"]],
  ["an object with an empty id, which is not for the reader to judge", [{ target: "" }], [""]],
  ["none", [], []],
  ["null", null, []],
])("the targets of the beta may be %s", (_, targets, ids) => {
  expect(decodeBeta(targets)).toMatchObject({
    condition: { conditionType: { case: "request" } },
    targets: ids,
  });
});

test.each([
  ["an object without an id", [{}], ["targets[0]"]],
  ["an object with an id that is no string", [{ target: 1 }], ["targets[0]"]],
  ["an object with an id that is null", [{ target: null }], ["targets[0]"]],
  ["an object inside one", [{ target: { target: "a" } }], ["targets[0]"]],
  ["an include", ["a", { include: condition }], ["targets[1]"]],
  ["an include beside an id", [{ target: "a", include: condition }], ["targets[0]"]],
  ["one object without a list", { target: "a" }, ["targets"]],
  ["an object among other mistakes", [5, { target: "a" }, [], null], [0, 2, 3].map(entry)],
])("the targets of the beta may not be %s", (_, targets, fields) => {
  const error = apiErrorOf(() => decodeBeta(targets));
  expect([error.id, fieldsOf(error)]).toEqual(["TARGETD-MALFORMED", fields]);
});

function entry(index: number): string {
  return `targets[${index}]`;
}

test("the targets of the current version are ids only", () => {
  const body = JSON.stringify({ condition, targets: [{ target: "a" }] });
  const run = () => decode(ActionService, "PUT", "/v2/actions/executions", { body });
  expect(fieldsOf(apiErrorOf(run))).toEqual(["targets[0]"]);
});
