import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { builtIn } from "../../../src/catalog/built-in.ts";
import { type AuditedChange, ownEvents } from "../../../src/domain/own-event.ts";
import { applyUpdate, creationFields } from "../../../src/domain/target-update.ts";
import { instanceId, micros, nanoseconds } from "../../../src/domain/units.ts";
import { toChangeMessage } from "../../../src/rpc/change-message.ts";
import { anySettings, sampleSettings, sampleTarget } from "../../support/targets.ts";

const at = micros(Date.UTC(2026, 10, 23) * 1000);
const change: AuditedChange = {
  instance: instanceId("acme"),
  sequence: 12,
  at,
  author: "admin",
  resourceType: "target",
  resourceId: "t1",
  action: "changed",
  fields: [],
};

const eventsOf = (changes: Partial<AuditedChange>) =>
  ownEvents({ ...change, ...changes }).map(({ context, ...event }) => ({
    ...event,
    ...JSON.parse(context),
  }));

const field = (name: string, old: unknown, next: unknown) => ({ field: name, old, new: next });

test.each([
  ["target", "created", [], ["target.added"]],
  ["target", "changed", [field("name", "a", "b")], ["target.changed"]],
  ["target", "changed", [field("signing_key", "k1", "k2")], ["target.changed"]],
  ["target", "changed", [field("disabled", false, true)], ["target.changed", "target.disabled"]],
  ["target", "changed", [field("disabled", true, false)], ["target.changed", "target.enabled"]],
  ["target", "deleted", [], ["target.removed"]],
  ["execution", "created", [field("targets", [], ["t1"])], ["execution.set"]],
  ["execution", "changed", [field("targets", ["t1"], ["t2", "t1"])], ["execution.set"]],
  ["execution", "changed", [field("targets", ["t1"], [])], ["execution.removed"]],
  ["target", "denied", [], []],
  ["execution", "deleted", [], []],
  ["token", "created", [], []],
  ["instance", "changed", [field("name", "a", "b")], []],
  ["call", "skipped", [], []],
  ["call", "copied", [], []],
  ["catalog", "changed", [], []],
  ["delivery", "replayed", [], []],
])("%s %s, %j: %j", (resourceType, action, fields, types) => {
  const events = eventsOf({ resourceType, action, fields });
  expect(events.map(({ type }) => type)).toEqual(types);
  for (const { type } of events) expect(builtIn.eventTypes).toContain(type);
});

test("tells who changed what, and when", () => {
  const fields = [field("name", "a", "b"), field("disabled", false, true)];
  const shared = {
    ...{ aggregateID: "t1", aggregateType: "target", resourceOwner: "acme", instanceID: "acme" },
    ...{ aggregateId: "t1", version: "v1", sequence: 12, userID: "admin" },
    created_at: "2026-11-23T00:00:00.000Z",
  };
  expect(eventsOf({ fields })).toEqual([
    {
      ...{ ...shared, id: "targetd:acme-12", type: "target.changed", event_type: "target.changed" },
      event_payload: { name: "b", disabled: true },
    },
    {
      ...{ ...shared, id: "targetd:acme-12-2" },
      ...{ type: "target.disabled", event_type: "target.disabled" },
      event_payload: { disabled: true },
    },
  ]);
});

test("tells why the server disabled a target", () => {
  const fields = [field("disabled", false, true), field("disabled.reason", null, "gone")];
  const [, disabled] = eventsOf({ fields });
  expect(disabled.event_payload).toEqual({ disabled: true, "disabled.reason": "gone" });
});

test("tells the settings of a new target, in the form of the API and without secrets", () => {
  const deliveryPolicy = {
    ...{ retryDelays: [nanoseconds(5e9)], clientErrorsFinal: true },
    ...{ maxConcurrency: 0, maxPerSecond: 0 },
  };
  const headers = new Map([["x-key", "hidden"]]);
  const settings = sampleSettings({ headers, deliveryPolicy, ordered: true });
  const target = sampleTarget({ settings });
  const [added] = eventsOf({ action: "created", fields: creationFields(target) });
  expect(added).toMatchObject({ event_type: "target.added", aggregateID: "t1" });
  expect(added.event_payload).toEqual({
    name: settings.name,
    endpoint: settings.endpoint,
    target_type: { restWebhook: { interruptOnError: true } },
    timeout: "10s",
    payload_type: "PAYLOAD_TYPE_JSON",
    headers: ["x-key"],
    delivery_policy: { retryDelays: ["5s"], clientErrorsFinal: true },
    ordered: true,
    signing_key: target.signingKey.id,
  });
});

test("tells the list of an execution", () => {
  const about = { resourceType: "execution", resourceId: "event/user.*", action: "created" };
  const [event] = eventsOf({ ...about, fields: [field("targets", [], ["t1", "t2"])] });
  expect(event).toMatchObject({
    ...{ aggregateID: "event/user.*", aggregateType: "execution" },
    event_payload: { targets: ["t1", "t2"] },
  });
});

test("new values have the form that the audit gives them, cleared ones are null", () => {
  fc.assert(
    fc.property(anySettings, anySettings, (old, patch) => {
      const command = { patch, interrupt: undefined, rotation: undefined, etag: "" };
      const current = sampleTarget({ settings: old });
      const { fields } = applyUpdate(current, command, at, () => undefined);
      const message = toChangeMessage({
        ...{ at, author: "admin", resourceType: "target", resourceId: "t1", action: "changed" },
        fields,
      });
      const expected = message.fields.map(({ field: name, newValue }): [string, JsonValue] => [
        name,
        newValue === undefined ? null : toJson(ValueSchema, newValue),
      ]);
      const [event] = eventsOf({ fields });
      expect(event.event_payload).toEqual(Object.fromEntries(expected));
    }),
  );
});
