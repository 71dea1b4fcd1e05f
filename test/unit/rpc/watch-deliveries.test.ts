import type { Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  type WatchDeliveriesRequest,
  WatchDeliveriesRequestSchema,
  type WatchDeliveriesResponse,
} from "../../../gen/targetd/v1/delivery_service_pb.ts";
import { createDeliveryChanges } from "../../../src/delivery/changes.ts";
import { conditionId } from "../../../src/domain/condition.ts";
import type { Delivery } from "../../../src/domain/delivery.ts";
import { defaultInstance, instanceId, micros, targetId } from "../../../src/domain/units.ts";
import { ApiError } from "../../../src/errors/api-error.ts";
import { InvalidFields } from "../../../src/errors/invalid-fields.ts";
import { watchDeliveries } from "../../../src/rpc/watch-deliveries.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A delivery in its latest state. */
function delivery(revision: number, target: string): Delivery {
  return {
    ...{ id: `msg_${revision}`, instance: defaultInstance, target: targetId(target), revision },
    condition: conditionId("event"),
    ...{ event: { id: "e", type: "a.b" }, orderKey: "17", context: "{}", depth: 0 },
    ...{ traceparent: undefined, state: "pending", attempts: 0 },
    ...{ createdAt: micros(1), dueAt: micros(1), finishedAt: undefined },
  };
}

/** Deliveries that a test changes, and watches of them. */
function watchable() {
  const rows: Delivery[] = [];
  const deliveryChanges = createDeliveryChanges();
  const state = { reads: 0, pruned: 0 };
  const handler = watchDeliveries({
    deliveryChanges,
    store: {
      latestRevision: async () => rows.at(-1)?.revision ?? 0,
      async changedDeliveries(_, after, limit) {
        state.reads += 1;
        if (after < state.pruned) return undefined;
        return rows.filter(({ revision }) => revision > after).slice(0, limit);
      },
    },
  });
  return {
    state,
    /** Changes deliveries to a target, as after a commit. */
    change(target: string, count = 1) {
      for (let left = count; left > 0; left -= 1) rows.push(delivery(rows.length + 1, target));
      deliveryChanges.notify(defaultInstance);
    },
    watch(request: Partial<WatchDeliveriesRequest> = {}, instance = defaultInstance) {
      const control = new AbortController();
      const identity = { instance, subject: "token:a", roles: [], permissions: [] };
      const message: Message = create(WatchDeliveriesRequestSchema, {
        targetId: request.targetId ?? "",
        cursor: request.cursor ?? "",
      });
      const sent = handler.prepare(message).run({ identity, signal: control.signal });
      const stream = sent[Symbol.asyncIterator]() as AsyncIterator<WatchDeliveriesResponse>;
      return {
        end: (reason: unknown) => control.abort(reason),
        /** The next message. */
        async next(): Promise<WatchDeliveriesResponse> {
          const { value, done } = await stream.next();
          if (done === true) throw new Error("the watch has ended");
          return value;
        },
        leave: () => stream.return?.(),
      };
    },
  };
}

const idOf = ({ delivery: about }: WatchDeliveriesResponse) => about?.id ?? "none";

/** The id of the error that something rejects with, or the fields that it says are wrong. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  const thrown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof InvalidFields) return thrown.violations.map(({ field }) => field);
  return thrown instanceof ApiError ? thrown.id : thrown;
}

test("a watch begins now with a cursor, and tells of what changes afterwards in order", async () => {
  const { change, watch } = watchable();
  change("t", 3);
  const { next } = watch();
  expect(idOf(await next())).toBe("none");
  change("t", 2);
  expect([idOf(await next()), idOf(await next())]).toEqual(["msg_4", "msg_5"]);
});

test("a watch goes on behind any cursor without a gap and without a repetition", async () => {
  vi.useRealTimers();
  const { change, watch } = watchable();
  const first = watch();
  const cursors = [await first.next()];
  change("t", 250);
  for (let count = 0; count < 250; count += 1) cursors.push(await first.next());
  for (const [index, { cursor }] of cursors.entries()) {
    const again = watch({ cursor });
    expect((await again.next()).cursor).toBe(cursor);
    if (index < 250) expect(idOf(await again.next())).toBe(`msg_${index + 1}`);
    await again.leave();
  }
});

test("a watch of one target is told nothing of others, but goes past them", async () => {
  vi.useRealTimers();
  const { change, watch } = watchable();
  const { next } = watch({ targetId: "b" });
  await next();
  change("a", 150);
  change("b");
  const told = await next();
  expect(idOf(told)).toBe("msg_151");
  const again = watch({ targetId: "b", cursor: told.cursor });
  await again.next();
  change("b");
  expect(idOf(await again.next())).toBe("msg_152");
});

describe("a cursor is refused", () => {
  test.each([
    ["of another target", { targetId: "b" }, defaultInstance],
    ["of another instance", {}, instanceId("other")],
  ])("%s", async (_, filter, instance) => {
    const { watch } = watchable();
    const { cursor } = await watch().next();
    expect(await refusal(watch({ ...filter, cursor }, instance).next())).toEqual(["cursor"]);
  });

  test("that is none", async () => {
    expect(await refusal(watchable().watch({ cursor: "x" }).next())).toEqual(["cursor"]);
  });

  test("behind which deliveries are deleted", async () => {
    const { change, watch, state } = watchable();
    const { cursor } = await watch().next();
    change("t", 3);
    state.pruned = 2;
    const { next } = watch({ cursor });
    await next();
    expect(await refusal(next())).toBe("TARGETD-CURSOR-TOO-OLD");
  });

  test("from after the time that a restored database has", async () => {
    const later = watchable();
    later.change("t", 3);
    const { cursor } = await later.watch().next();
    expect(await refusal(watchable().watch({ cursor }).next())).toBe("TARGETD-CURSOR-TOO-OLD");
  });
});

test("a quiet watch is sent its cursor after 30 seconds", async () => {
  const { watch } = watchable();
  const { next } = watch();
  const { cursor } = await next();
  let beat: WatchDeliveriesResponse | undefined;
  const waiting = next().then((message) => {
    beat = message;
  });
  await vi.advanceTimersByTimeAsync(29_000);
  expect(beat).toBeUndefined();
  await vi.advanceTimersByTimeAsync(2_000);
  await waiting;
  expect([beat?.cursor, beat && idOf(beat)]).toEqual([cursor, "none"]);
});

test("changes of other processes are found within a second or so", async () => {
  const { watch, state } = watchable();
  const { next } = watch();
  await next();
  const waiting = next();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(state.reads).toBeGreaterThanOrEqual(5);
  expect(state.reads).toBeLessThanOrEqual(7);
  await vi.advanceTimersByTimeAsync(30_000);
  await waiting;
});

test("however often deliveries change, the store is asked ten times a second at most", async () => {
  const { change, watch, state } = watchable();
  const { next } = watch({ targetId: "other" });
  await next();
  const waiting = refusal(next());
  for (let step = 0; step < 100; step += 1) {
    change("t");
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(state.reads).toBeGreaterThan(5);
  expect(state.reads).toBeLessThanOrEqual(12);
  await vi.advanceTimersByTimeAsync(30_000);
  await waiting;
});

test("a caller that does not read is not read for", async () => {
  const { change, watch, state } = watchable();
  const { next } = watch();
  await next();
  change("t", 1000);
  await next();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.reads).toBe(1);
});

test("a watch ends with the reason of its signal", async () => {
  const { watch } = watchable();
  const { next, end } = watch();
  await next();
  const waiting = refusal(next());
  await vi.advanceTimersByTimeAsync(500);
  end("enough");
  expect(await waiting).toBe("enough");
});

test("an instance has 100 watches at most, and another one again when one ends", async () => {
  const { watch } = watchable();
  const watches = Array.from({ length: 100 }, () => watch());
  for (const { next } of watches) await next();
  expect(await refusal(watch().next())).toBe("TARGETD-TOO-MANY-WATCHES");
  await watch({}, instanceId("other")).next();
  await watches[0]?.leave();
  await watch().next();
  expect(await refusal(watch().next())).toBe("TARGETD-TOO-MANY-WATCHES");
});
