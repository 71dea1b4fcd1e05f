/** EventService and DeliveryService over the real server. */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, test } from "vitest";
import { ResourceType } from "../../gen/targetd/v1/audit_service_pb.ts";
import { DeliveryState } from "../../gen/targetd/v1/delivery_service_pb.ts";
import { anyEvent, bindGroup, newPublisher } from "./support/deliveries.ts";
import { anyTarget, callerOf, comes, iamDoors, invalid } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

const notFound = "NOT_FOUND TARGETD-DELIVERY-NOT-FOUND";
const notPending = "FAILED_PRECONDITION TARGETD-DELIVERY-NOT-PENDING";

describe.each(iamDoors)("over %s", (door) => {
  test("an event becomes a delivery to each target of the best execution", async () => {
    const { events, deliveries, targets, target, ...caller } = await newPublisher(server, door);
    const { id: second } = await targets.createTarget({ ...anyTarget(), disabled: true });
    await bindGroup({ ...caller, events, deliveries, targets }, "shop", [target, second]);
    const given = [
      anyEvent({ type: "shop.paid", aggregateId: "17" }),
      anyEvent({ type: "user.added" }),
      anyEvent({ type: "not.in.the-catalogue" }),
      anyEvent({ type: "shop" }),
    ];
    const answer = await events.publishEvents({ events: given });
    expect(answer.deliveries).toEqual([2, 0, 0, 2]);
    const listed = await deliveries.listDeliveries({ eventType: "shop.paid" });
    expect(listed.deliveries.map(({ targetId }) => targetId).sort()).toEqual(
      [target, second].sort(),
    );
    for (const delivery of listed.deliveries) {
      expect(delivery).toMatchObject({
        condition: "event/shop.*",
        eventId: given[0]?.id,
        eventType: "shop.paid",
        aggregateId: "17",
        state: DeliveryState.PENDING,
        attempts: 0,
      });
    }
  });

  test("targets are told the event as it was published", async () => {
    const { publish, deliveries, instance } = await newPublisher(server, door);
    const [id = ""] = await publish({
      ...{ type: "shop.paid", aggregateId: "17", aggregateType: "order", resourceOwner: "org" },
      ...{ version: "v2", sequence: 2n ** 64n - 1n, userId: "u1" },
      createdAt: timestampFromMs(Date.parse("2026-01-02T03:04:05.678Z")),
      payload: { sum: 12.5, items: ["tea"] },
    });
    const { context, log } = await deliveries.getDelivery({ id });
    expect(log).toEqual([]);
    expect(context).toContain('"sequence":18446744073709551615,');
    expect(JSON.parse(context)).toEqual({
      aggregateID: "17",
      aggregateType: "order",
      resourceOwner: "org",
      instanceID: instance,
      version: "v2",
      sequence: 2 ** 64,
      event_type: "shop.paid",
      created_at: "2026-01-02T03:04:05.678Z",
      userID: "u1",
      event_payload: { sum: 12.5, items: ["tea"] },
    });
  });

  test("an id that was published does nothing again, in its instance", async () => {
    const { events, deliveries } = await newPublisher(server, door);
    const other = await newPublisher(server, door);
    const event = anyEvent();
    const next = anyEvent();
    expect((await events.publishEvents({ events: [event] })).deliveries).toEqual([1]);
    expect((await events.publishEvents({ events: [event, next] })).deliveries).toEqual([0, 1]);
    expect((await other.events.publishEvents({ events: [event] })).deliveries).toEqual([1]);
    expect((await deliveries.listDeliveries({})).deliveries).toHaveLength(2);
  });

  test("a delivery can be cancelled, and then replayed, but not retried", async () => {
    const { publish, deliveries, audit } = await newPublisher(server, door);
    const [id = ""] = await publish();
    expect((await deliveries.retryDelivery({ id })).delivery?.state).toBe(DeliveryState.PENDING);
    for (const _ of [1, 2]) {
      const { delivery } = await deliveries.cancelDelivery({ id });
      expect([delivery?.state, delivery?.dueDate]).toEqual([DeliveryState.CANCELLED, undefined]);
    }
    expect(await comes(deliveries.retryDelivery({ id }))).toBe(notPending);
    const which = { case: "id", value: id } as const;
    expect(await deliveries.replayDeliveries({ which })).toMatchObject({
      replayed: 1,
      more: false,
    });
    expect(await deliveries.replayDeliveries({ which })).toMatchObject({ replayed: 0 });
    const { delivery } = await deliveries.getDelivery({ id });
    expect([delivery?.state, delivery?.finishDate]).toEqual([DeliveryState.PENDING, undefined]);
    const { changes } = await audit.listChanges({ resourceType: ResourceType.DELIVERY });
    expect(changes.map(({ action, resourceId }) => [action, resourceId])).toEqual([
      ["replayed", id],
      ["cancelled", id],
      ["retried", id],
    ]);
  });

  test("the deliveries of a time are replayed, those that did not fail only on demand", async () => {
    const { publish, deliveries, target } = await newPublisher(server, door);
    const [id = ""] = await publish();
    await publish();
    const { delivery } = await deliveries.cancelDelivery({ id });
    const since = delivery?.creationDate;
    if (since === undefined) throw new Error("the delivery has no date");
    const replay = async (value: { targetId?: string; until?: typeof since; all?: boolean }) => {
      const which = { case: "filter", value: { since, ...value } } as const;
      return (await deliveries.replayDeliveries({ which })).replayed;
    };
    expect(await replay({})).toBe(0);
    expect(await replay({ all: true, targetId: "other" })).toBe(0);
    expect(await replay({ all: true, until: since })).toBe(0);
    expect(await replay({ all: true, targetId: target })).toBe(1);
  });

  test("deliveries to a deleted target stay, cancelled for good", async () => {
    const { publish, deliveries, targets, target } = await newPublisher(server, door);
    const [id = ""] = await publish();
    await targets.deleteTarget({ id: target });
    const { delivery } = await deliveries.getDelivery({ id });
    expect(delivery?.state).toBe(DeliveryState.CANCELLED);
    expect(await comes(deliveries.retryDelivery({ id }))).toBe(notPending);
    expect(await comes(deliveries.replayDeliveries({ which: { case: "id", value: id } }))).toBe(
      "FAILED_PRECONDITION TARGETD-DELIVERY-TARGET-GONE",
    );
  });

  test("pages hold every delivery once, newest first, also while there are new ones", async () => {
    const { publish, events, deliveries } = await newPublisher(server, door);
    await events.publishEvents({ events: Array.from({ length: 25 }, () => anyEvent()) });
    const { deliveries: all } = await deliveries.listDeliveries({});
    const found: string[] = [];
    let pageToken = "";
    do {
      const page = await deliveries.listDeliveries({ pageSize: 4, pageToken });
      found.push(...page.deliveries.map(({ id }) => id));
      pageToken = page.nextPageToken;
      await publish();
    } while (pageToken !== "");
    expect(found).toEqual(all.map(({ id }) => id));
  });

  test("a page token is of no use with another filter, or elsewhere", async () => {
    const { events, deliveries } = await newPublisher(server, door);
    const other = await newPublisher(server, door);
    await events.publishEvents({ events: [anyEvent(), anyEvent()] });
    const { nextPageToken: pageToken } = await deliveries.listDeliveries({ pageSize: 1 });
    const refused = [
      deliveries.listDeliveries({ pageToken, eventType: "shop.paid" }),
      deliveries.listDeliveries({ pageToken, state: DeliveryState.PENDING }),
      deliveries.listDeliveries({ pageToken, since: timestampFromMs(0) }),
      other.deliveries.listDeliveries({ pageToken }),
      deliveries.listDeliveries({ pageToken: `${pageToken}A` }),
    ];
    const found = await Promise.all(refused.map(comes));
    expect(found).toEqual(found.map(() => invalid("page_token")));
    expect((await deliveries.listDeliveries({ pageToken })).deliveries).toHaveLength(1);
  });

  test("what does not exist, or is another instance's, is not found", async () => {
    const { publish } = await newPublisher(server, door);
    const [id = ""] = await publish();
    const { deliveries } = callerOf(server.app.url, server.app.tokens.stranger, door);
    for (const unknown of [id, "msg_none"]) {
      expect(await comes(deliveries.getDelivery({ id: unknown }))).toBe(notFound);
      expect(await comes(deliveries.retryDelivery({ id: unknown }))).toBe(notFound);
      expect(await comes(deliveries.cancelDelivery({ id: unknown }))).toBe(notFound);
      const which = { case: "id", value: unknown } as const;
      expect(await comes(deliveries.replayDeliveries({ which }))).toBe(notFound);
    }
  });
});

const long = "x".repeat(201);
const bigPayload = { text: "x".repeat(256 * 1024) };

test.each([
  ["no event", [], ["events"]],
  ["an event of nothing", [{}], ["id", "type", "aggregate_id"]],
  [
    "too long texts",
    [anyEvent({ aggregateType: long, userId: long })],
    ["aggregate_type", "user_id"],
  ],
  ["a type with a space", [anyEvent({ type: "shop paid" })], ["type"]],
  ["a type with an empty part", [anyEvent({ type: "shop..paid" })], ["type"]],
  ["a group as a type", [anyEvent({ type: "shop.*" })], ["type"]],
  ["a type of our own", [anyEvent({ type: "target.changed" })], ["type"]],
  ["an id of our own", [anyEvent({ id: "targetd:1" })], ["id"]],
  ["a control character", [anyEvent({ id: "a\nb" })], ["id"]],
  ["a time out of range", [anyEvent({ createdAt: { nanos: -1 } })], ["created_at"]],
  ["a large payload", [anyEvent({ payload: bigPayload })], ["payload"]],
  ["a number that JSON has not", [anyEvent({ payload: { n: Number.NaN } })], ["payload"]],
])("%s is refused, with every mistake", async (_, events, fields) => {
  const { events: client } = callerOf(server.app.url, server.app.tokens.owner);
  const found = await comes(client.publishEvents({ events }));
  const paths = fields.map((field) => (field === "events" ? field : `events[0].${field}`));
  expect(found.split(" ").slice(2).sort()).toEqual(paths.sort());
});

test("the ids of a call differ, and a thousand events are the most", async () => {
  const { events: client } = callerOf(server.app.url, server.app.tokens.owner);
  const twice = [anyEvent({ id: "a" }), anyEvent(), anyEvent({ id: "a" })];
  expect(await comes(client.publishEvents({ events: twice }))).toBe(invalid("events[2].id"));
  const many = Array.from({ length: 1001 }, () => anyEvent());
  expect(await comes(client.publishEvents({ events: many }))).toBe(invalid("events"));
  expect(await comes(client.publishEvents({ events: many.slice(1) }))).toBe("OK");
});

test("the mistakes of the other requests are told", async () => {
  const { deliveries } = callerOf(server.app.url, server.app.tokens.owner);
  const bad = { nanos: -1 };
  const calls = [
    [
      deliveries.listDeliveries({ since: bad, until: bad, pageSize: 1001 }),
      "since until page_size",
    ],
    [deliveries.listDeliveries({ state: 9 as DeliveryState, targetId: long }), "target_id state"],
    [deliveries.getDelivery({}), "id"],
    [deliveries.retryDelivery({ id: long }), "id"],
    [deliveries.cancelDelivery({}), "id"],
    [deliveries.replayDeliveries({}), "which"],
    [deliveries.replayDeliveries({ which: { case: "filter", value: {} } }), "filter.since"],
    [
      deliveries.replayDeliveries({ which: { case: "filter", value: { since: bad } } }),
      "filter.since",
    ],
  ] as const;
  const found = await Promise.all(calls.map(([call]) => comes(call)));
  expect(found).toEqual(calls.map(([, fields]) => invalid(fields)));
});
