import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { ResourceType } from "../../../gen/targetd/v1/audit_service_pb.ts";
import { DeliverySchema, DeliveryState } from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { readAuditFilter, toChangesRequest } from "../../../web/src/pages/audit/audit-filter.ts";
import {
  invalidParameters,
  matches,
  readFilter,
  toListRequest,
} from "../../../web/src/pages/deliveries/delivery-filter.ts";

const deliveriesOf = (query: string) => readFilter(new URLSearchParams(query));
const auditOf = (query: string) => toChangesRequest(readAuditFilter(new URLSearchParams(query)));

test("an address says which deliveries are listed", () => {
  const filter = deliveriesOf("target=1&state=failed&type=shop.paid&since=2026-11-23T04:00:00Z");
  expect(toListRequest(filter)).toEqual({
    ...{ targetId: "1", state: DeliveryState.FAILED, eventType: "shop.paid" },
    since: timestampFromMs(Date.UTC(2026, 10, 23, 4)),
  });
});

test("what is no value of a filter is no filter", () => {
  expect(toListRequest(deliveriesOf("state=constructor&since=yesterday&until="))).toEqual({
    ...{ targetId: "", state: DeliveryState.UNSPECIFIED, eventType: "" },
  });
  expect(deliveriesOf("since=garbage 1").since).toBeUndefined();
  expect(
    invalidParameters(new URLSearchParams("state=xx&target=1&since=1&until=2026-11-23")),
  ).toEqual(["state", "since"]);
  expect(auditOf("resource=toString&since=x")).toEqual({
    ...{ resourceType: ResourceType.UNSPECIFIED, resourceId: "", author: "" },
  });
});

test.each([
  ["", true],
  ["target=1&state=pending&type=shop.paid", true],
  ["target=2", false],
  ["state=failed", false],
  ["type=shop", false],
  ["since=1970-01-01T00:00:05Z", true],
  ["since=1970-01-01T00:00:06Z", false],
  ["until=1970-01-01T00:00:05Z", false],
  ["until=1970-01-01T00:00:06Z", true],
])("whether a delivery of the watch is one of the list with %j: %s", (query, expected) => {
  const delivery = create(DeliverySchema, {
    ...{ targetId: "1", state: DeliveryState.PENDING, eventType: "shop.paid" },
    creationDate: timestampFromMs(5000),
  });
  expect(matches(deliveriesOf(query), delivery)).toBe(expected);
});

test("an address says which changes are listed", () => {
  expect(auditOf("resource=execution&id=event&author=token:1&until=2026-11-23T04:00:00Z")).toEqual({
    ...{ resourceType: ResourceType.EXECUTION, resourceId: "event", author: "token:1" },
    until: timestampFromMs(Date.UTC(2026, 10, 23, 4)),
  });
});
