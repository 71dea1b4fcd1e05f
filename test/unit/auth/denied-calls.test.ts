import { expect, test } from "vitest";
import { type DeniedCall, deniedCallAudit } from "../../../src/auth/denied-calls.ts";
import { instanceId, micros } from "../../../src/domain/units.ts";
import type { ChangeRecord } from "../../../src/store/audit-store.ts";

function call(
  subject: string,
  method: string,
  { instance = "default", certificate }: { instance?: string; certificate?: string } = {},
): DeniedCall {
  const who = { instance: instanceId(instance), subject, certificate };
  const identity = { ...who, roles: [], permissions: [] };
  return { identity, method, permission: "action.target.write" };
}

function recorder() {
  const changes: [string, ChangeRecord][] = [];
  const store = {
    async recordChange(instance: string, change: ChangeRecord) {
      changes.push([instance, change]);
    },
  };
  let seconds = 0;
  const note = deniedCallAudit(
    store,
    () => micros(seconds * 1e6),
    () => {},
  );
  return {
    changes,
    note,
    at(time: number) {
      seconds = time;
    },
  };
}

test("a refused call is written with caller, certificate, method and permission", () => {
  const { note, changes } = recorder();
  note(call("token:a", "s/M", { instance: "acme", certificate: "CN=a" }));
  expect(changes).toEqual([
    [
      "acme",
      {
        at: 0,
        author: "token:a",
        certificate: "CN=a",
        resourceType: "call",
        resourceId: "s/M",
        action: "denied",
        fields: [{ field: "permission", old: null, new: "action.target.write" }],
      },
    ],
  ]);
});

test("the same caller and method are written once a minute", () => {
  const { note, changes, at } = recorder();
  for (const seconds of [0, 1, 59, 60, 61, 119, 120]) {
    at(seconds);
    note(call("token:a", "s/M"));
  }
  expect(changes.map(([, change]) => change.at)).toEqual([0, 60e6, 120e6]);
});

test("another caller, certificate, method or instance is written too", () => {
  const { note, changes } = recorder();
  const calls = [
    ...[call("a", "M"), call("b", "M"), call("a", "N"), call("a", "M", { instance: "acme" })],
    call("a", "M", { certificate: "CN=a" }),
  ];
  for (const each of [...calls, ...calls]) note(each);
  expect(changes).toHaveLength(calls.length);
});

test("what is remembered is bounded: the oldest are forgotten and written again", () => {
  const { note, changes } = recorder();
  const many = 10_000;
  for (let number = 0; number <= many; number++) note(call(`token:${number}`, "s/M"));
  note(call(`token:${many}`, "s/M"));
  expect(changes).toHaveLength(many + 1);
  note(call("token:0", "s/M"));
  expect(changes).toHaveLength(many + 2);
});

test("a failed write is reported and nothing else", async () => {
  const failed = Promise.withResolvers<unknown>();
  const broken = { recordChange: () => Promise.reject(new Error("no disk")) };
  const note = deniedCallAudit(broken, () => micros(0), failed.resolve);
  expect(() => note(call("token:a", "s/M"))).not.toThrow();
  expect(await failed.promise).toBeInstanceOf(Error);
});
