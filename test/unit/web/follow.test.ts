import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import {
  type WatchDeliveriesResponse,
  WatchDeliveriesResponseSchema,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { follow, type Place } from "../../../web/src/deliveries/follow.ts";

/** What a connection tells, then how it ends; without an error as the server ends it every hour. */
interface Connection {
  readonly messages: readonly (readonly [cursor: string, id?: string])[];
  readonly error?: ConnectError;
}

const message = (cursor: string, id?: string): WatchDeliveriesResponse =>
  create(WatchDeliveriesResponseSchema, { cursor, ...(id !== undefined && { delivery: { id } }) });

const lost = new ConnectError("gone", Code.Unavailable);

/** Follows until the connections are used up, and tells all that happened. */
async function followed(connections: readonly Connection[], place: Place = { cursor: "" }) {
  const told: string[] = [];
  const control = new AbortController();
  const left = [...connections];
  const watched = {
    async *watch(cursor: string) {
      told.push(`watch ${cursor}`);
      const { messages, error } = left.shift() ?? { messages: [] };
      for (const [next, id] of messages) yield message(next, id);
      if (left.length === 0) control.abort();
      if (error !== undefined) throw error;
    },
    async load() {
      told.push("load");
    },
    changed: ({ id }: { readonly id: string }) => void told.push(id),
    status: ({ kind, ...rest }: { readonly kind: string; readonly waitMs?: number }) =>
      void told.push("waitMs" in rest ? `${kind} ${rest.waitMs}` : kind),
  };
  await follow(watched, place, control.signal, { wait: async () => undefined, random: () => 1 });
  return told;
}

test("what there is already is read when the watch has begun, before what it tells", async () => {
  const place = { cursor: "" };
  const told = await followed([{ messages: [["1"], ["2", "a"]] }], place);
  expect(told).toEqual(["connecting", "watch ", "load", "live", "a"]);
  expect(place.cursor).toBe("2");
});

test("a lost connection goes on behind its last cursor, without reading anew", async () => {
  const told = await followed([
    { messages: [["1"], ["2", "a"]], error: lost },
    { messages: [["2"], ["3", "b"]] },
  ]);
  const rest = told.slice(told.indexOf("a") + 1);
  expect(rest).toEqual(["reconnecting 1000", "watch 2", "live", "b"]);
});

test("waits double, up to half a minute, until a connection works again", async () => {
  const told = await followed([
    ...Array.from({ length: 7 }, () => ({ messages: [], error: lost })),
    { messages: [["1"]], error: lost },
    { messages: [] },
  ]);
  const waits = told.filter((each) => each.startsWith("reconnecting"));
  expect(waits.map((each) => Number(each.split(" ")[1]))).toEqual([
    1000, 2000, 4000, 8000, 16000, 30000, 30000, 1000,
  ]);
});

test("the end of a stream without an error is no failure", async () => {
  const told = await followed([{ messages: [["1"]] }, { messages: [["1"]] }]);
  expect(told).toContain("reconnecting 0");
});

test("everything is read anew when the changes are no longer kept", async () => {
  const old = new ConnectError("old", Code.OutOfRange);
  const told = await followed([{ messages: [], error: old }, { messages: [["9"]] }], {
    cursor: "1",
  });
  expect(told).toEqual(["connecting", "watch 1", "reconnecting 0", "watch ", "load", "live"]);
});

test("a server with too many watches says how long to wait", async () => {
  const full = new ConnectError("full", Code.ResourceExhausted, { "retry-after": "7" });
  const told = await followed([{ messages: [], error: full }, { messages: [["1"]] }]);
  expect(told).toContain("reconnecting 7000");
});

test("what the server refuses for good is not tried again", async () => {
  const denied = new ConnectError("no", Code.PermissionDenied);
  const told = await followed([{ messages: [], error: denied }, { messages: [["1"]] }]);
  expect(told).toEqual(["connecting", "watch ", "refused"]);
});
