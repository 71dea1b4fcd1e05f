import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Delivery,
  DeliverySchema,
  DeliveryState,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import {
  type DeliveryRows,
  noRows,
  withChanges,
  withListed,
} from "../../../web/src/pages/deliveries/delivery-rows.ts";

const { PENDING, SUCCEEDED, FAILED } = DeliveryState;
const always = () => true;

/** The time of creation is the number in front of the id. */
function delivery(id: string, state: DeliveryState = PENDING): Delivery {
  const creationDate = timestampFromMs(Number.parseInt(id, 10));
  return create(DeliverySchema, { id, state, creationDate });
}

const idsOf = ({ rows }: DeliveryRows) => rows.map(({ id }) => id);

test("rows are newest first, and by id where they are of the same time", () => {
  const made = [delivery("2a"), delivery("10"), delivery("2b"), delivery("1")];
  expect(idsOf(withChanges(noRows, made, always))).toEqual(["10", "2b", "2a", "1"]);
});

test("the last change of a delivery counts, and moves it nowhere", () => {
  const before = withChanges(noRows, [delivery("1"), delivery("2"), delivery("3")], always);
  const changes = [delivery("2", SUCCEEDED), delivery("2", FAILED)];
  const after = withChanges(before, changes, always);
  expect(after.rows.map(({ id, state }) => [id, state])).toEqual([
    ["3", PENDING],
    ["2", FAILED],
    ["1", PENDING],
  ]);
  expect(Object.fromEntries(after.counts)).toEqual({ [PENDING]: 2, [FAILED]: 1 });
});

test("what no longer belongs here goes, and what never did does not come", () => {
  const isPending = ({ state }: Delivery) => state === PENDING;
  const before = withChanges(noRows, [delivery("1"), delivery("2")], isPending);
  const after = withChanges(before, [delivery("1", SUCCEEDED), delivery("3", FAILED)], isPending);
  expect(idsOf(after)).toEqual(["2"]);
  expect(after.dropped).toBe(0);
});

test("the oldest go when there are too many, and are counted once", () => {
  let rows = withChanges(noRows, [delivery("1"), delivery("2"), delivery("3")], always, 2);
  expect([idsOf(rows), rows.dropped]).toEqual([["3", "2"], 1]);
  rows = withChanges(rows, [delivery("4")], always, 2);
  expect([idsOf(rows), rows.dropped]).toEqual([["4", "3"], 2]);
  rows = withChanges(rows, [delivery("1", SUCCEEDED)], always, 2);
  expect([idsOf(rows), rows.dropped]).toEqual([["4", "3"], 2]);
});

test("an older page of the list is added, and undoes nothing that a watch has told", () => {
  const before = withChanges(noRows, [delivery("3"), delivery("2", SUCCEEDED)], always);
  const after = withListed(before, [delivery("2", PENDING), delivery("1")]);
  expect(after.rows.map(({ id, state }) => [id, state])).toEqual([
    ["3", PENDING],
    ["2", SUCCEEDED],
    ["1", PENDING],
  ]);
});

test("whatever changes come in whatever portions, the rows are the latest of each", () => {
  const change = fc.record({ id: fc.nat(20), state: fc.constantFrom(PENDING, SUCCEEDED, FAILED) });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 10 }), { maxLength: 10 }), (batches) => {
      const latest = new Map<number, DeliveryState>();
      let rows = noRows;
      for (const batch of batches) {
        for (const { id, state } of batch) latest.set(id, state);
        const changed = batch.map(({ id, state }) => delivery(String(id), state));
        rows = withChanges(rows, changed, ({ state }) => state !== FAILED);
      }
      const expected = [...latest].filter(([, state]) => state !== FAILED);
      expected.sort(([a], [b]) => b - a);
      expect(rows.rows.map(({ id, state }) => [Number(id), state])).toEqual(expected);
    }),
  );
});
