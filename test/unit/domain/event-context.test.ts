import { expect, test } from "vitest";
import { type EventFacts, eventContext } from "../../../src/domain/event-context.ts";
import { instanceId, micros } from "../../../src/domain/units.ts";

const event: EventFacts = {
  instance: instanceId("acme"),
  type: "user.human.added",
  aggregateId: "u1",
  aggregateType: "user",
  resourceOwner: "o1",
  version: "v2",
  sequence: 7n,
  createdAt: micros(Date.UTC(2026, 10, 23, 12, 0, 0, 5) * 1000),
  userId: "admin",
  payload: { userName: "ann", tags: [1, null] },
};

test("has the members of the contract in their order", () => {
  expect(eventContext(event)).toBe(
    '{"aggregateID":"u1","aggregateType":"user","resourceOwner":"o1","instanceID":"acme",' +
      '"version":"v2","sequence":7,"event_type":"user.human.added",' +
      '"created_at":"2026-11-23T12:00:00.005Z","userID":"admin",' +
      '"event_payload":{"userName":"ann","tags":[1,null]}}',
  );
});

test("has every member also when the publisher says little", () => {
  const empty = { aggregateType: "", resourceOwner: "", version: "", userId: "" };
  const little = { ...event, ...empty, sequence: 0n, payload: undefined };
  expect(JSON.parse(eventContext(little))).toEqual({
    ...{ aggregateID: "u1", aggregateType: "", resourceOwner: "", instanceID: "acme", version: "" },
    ...{ sequence: 0, event_type: "user.human.added", created_at: "2026-11-23T12:00:00.005Z" },
    ...{ userID: "", event_payload: {} },
  });
});

test("keeps all digits of the sequence", () => {
  const text = eventContext({ ...event, sequence: 18_446_744_073_709_551_615n });
  expect(text).toContain(',"sequence":18446744073709551615,');
});

test.each([
  [0, "1970-01-01T00:00:00.000Z"],
  [1, "1970-01-01T00:00:00.000001Z"],
  [-1, "1969-12-31T23:59:59.999999Z"],
  [1_000_500, "1970-01-01T00:00:01.000500Z"],
  [Number.MAX_SAFE_INTEGER, "2255-06-05T23:47:34.740991Z"],
])("tells the microsecond %d as %s", (at, text) => {
  const { created_at } = JSON.parse(eventContext({ ...event, createdAt: micros(at) }));
  expect(created_at).toBe(text);
});
