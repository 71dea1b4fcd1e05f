import { Code } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import type { CallGateParts } from "../../../../src/server/overload/call-gate.ts";
import { CallGate } from "../../../../src/server/overload/call-gate.ts";
import {
  defaultOverloadLimits,
  type OverloadLimits,
} from "../../../../src/server/overload/limits.ts";
import { FakeLoop } from "../../../support/fake-loop.ts";

const limits: OverloadLimits = {
  ...{ patienceMs: 200, storePatienceMs: 300, turnMs: 5, calmMs: 1000, few: 4, calls: 50 },
};
const connection = {};

function opened(changed: Partial<OverloadLimits> = {}) {
  const loop = new FakeLoop();
  const storeQueue = { length: 0, since: 0 };
  const told: string[] = [];
  const listener: CallGateParts["listener"] = {
    began: () => void told.push("began"),
    ended: (refused) => void told.push(`ended ${refused}`),
    refused: (cause) => void told.push(cause),
  };
  const gate = new CallGate({ limits: { ...limits, ...changed }, loop, storeQueue, listener });
  const enter = (from: object = connection) => gate.enter(from) === undefined;
  /** So many calls in this turn. */
  const call = (count: number) => Array.from({ length: count }, () => enter());
  return { loop, storeQueue, told, gate, enter, call };
}

type Opened = ReturnType<typeof opened>;

/** A turn whose calls had to wait longer than patience. */
function overload({ loop, call, told }: Opened): void {
  call(limits.few);
  loop.work(limits.patienceMs + 1);
  expect(call(1)).toEqual([false]);
  told.length = 0;
}

test("by default 256 callers who wait for their answers, of half a millisecond each, are no overload", () => {
  expect(defaultOverloadLimits.patienceMs).toBeGreaterThan(256 * 0.5);
});

describe("a call that was let in", () => {
  test("goes on when it has waited as long as patience lasts", () => {
    const { loop, gate, call, told } = opened();
    const entered = gate.now();
    call(limits.few + 1);
    loop.work(limits.patienceMs);
    expect(gate.lateness(entered)).toBeUndefined();
    expect([gate.isOverloaded, told]).toEqual([false, []]);
  });

  test("goes on when few are under way", () => {
    const { loop, gate, call } = opened();
    const entered = gate.now();
    call(limits.few);
    loop.work(limits.patienceMs + 1);
    expect(gate.lateness(entered)).toBeUndefined();
  });

  test("is refused when it has waited longer, and overload begins", () => {
    const { loop, gate, call, told } = opened();
    const entered = gate.now();
    call(limits.few + 1);
    loop.work(limits.patienceMs + 1);
    expect(gate.lateness(entered)).toMatchObject({ entry: { code: Code.ResourceExhausted } });
    expect([gate.isOverloaded, told]).toEqual([true, ["began", "overload"]]);
  });
});

describe("as long as nobody had to wait beyond patience", () => {
  test("calls that come in a long turn are let in", () => {
    const { loop, call } = opened();
    call(limits.few);
    loop.work(limits.patienceMs);
    expect(call(3)).toEqual([true, true, true]);
  });

  test("the call beyond is refused", () => {
    const { loop, call, told } = opened();
    call(limits.few);
    loop.work(limits.patienceMs + 1);
    expect(call(2)).toEqual([false, false]);
    expect(told).toEqual(["began", "overload", "overload"]);
  });

  test("a few calls are let in however long the turn is", () => {
    const { loop, enter, call } = opened();
    enter();
    loop.work(60_000);
    expect(call(limits.few - 1)).toEqual([true, true, true]);
  });

  test("what the turn before was busy with counts, a pause does not", () => {
    const { loop, enter, call } = opened();
    enter();
    loop.pause(60_000);
    expect(call(limits.few + 1)).not.toContain(false);
    loop.endTurn();
    loop.work(limits.patienceMs + 1);
    expect(call(limits.few + 1)).toEqual([true, true, true, true, false]);
  });

  test("calls that wait for others for any time are no overload", () => {
    const { loop, call, gate } = opened();
    call(40);
    for (let second = 0; second < 270; second++) loop.pause(1000);
    expect(call(5)).not.toContain(false);
    expect(gate.underWay).toBe(45);
  });
});

describe("the queue of the store", () => {
  test("refuses calls when its first one has waited beyond patience", () => {
    const { loop, enter, storeQueue } = opened();
    storeQueue.since = loop.now();
    storeQueue.length = limits.few + 1;
    loop.pause(limits.storePatienceMs);
    expect(enter()).toBe(true);
    loop.pause(1);
    expect(enter()).toBe(false);
  });

  test("with a few in it refuses nobody", () => {
    const { loop, enter, storeQueue } = opened();
    storeQueue.since = loop.now();
    storeQueue.length = limits.few;
    loop.pause(60_000);
    expect(enter()).toBe(true);
  });
});

describe("during overload", () => {
  test("a turn lets in for as long as it may take, and always its first call", () => {
    const server = opened();
    overload(server);
    server.loop.endTurn();
    expect(server.enter()).toBe(true);
    server.loop.work(limits.turnMs + 0.1);
    expect(server.enter({})).toBe(false);
    server.loop.endTurn();
    expect(server.enter()).toBe(true);
  });

  test("turns that take long make less room in those that follow, short ones more again", () => {
    const server = opened({ calls: 10_000 });
    overload(server);
    server.loop.endTurn();
    /** How many calls of connections of their own a turn lets in, which take a tenth of a millisecond each. */
    const letIn = (took: number) => {
      let count = 0;
      const began = server.loop.now();
      for (; server.enter({}); count++) server.loop.work(0.1);
      server.loop.work(Math.max(0, took - (server.loop.now() - began)));
      server.loop.endTurn();
      return count;
    };
    const long = Array.from({ length: 5 }, () => letIn(10));
    expect(long[4]).toBeLessThan((long[1] ?? 0) / 4);
    const short = Array.from({ length: 30 }, () => letIn(1));
    expect(short[29]).toBeGreaterThan(10 * (long[4] ?? 0));
  });

  test("turns that cost a lot whatever they let in have more room", () => {
    const server = opened();
    overload(server);
    server.loop.endTurn();
    server.loop.work(100);
    server.enter();
    server.loop.work(25);
    expect(server.enter({})).toBe(true);
    server.loop.work(1);
    expect(server.enter({})).toBe(false);
  });

  test("connections share the room of a turn", () => {
    const server = opened({ calls: 10_000 });
    overload(server);
    server.loop.endTurn();
    const [greedy, modest] = [{}, {}];
    /** How many calls of the one are let in before the other calls, and whether that is let in as well. */
    const both = () => {
      const calls = Array.from({ length: 100 }, () => {
        const isIn = server.enter(greedy);
        server.loop.work(isIn ? 0.1 : 0.01);
        return isIn;
      });
      const isServed = server.enter(modest);
      server.loop.pause(1);
      return [calls.filter(Boolean).length, isServed] as const;
    };
    const [alone, before] = both();
    const [shared, after] = both();
    expect([before, after]).toEqual([false, true]);
    expect(shared).toBeGreaterThan(0);
    expect(shared).toBeLessThan(alone);
  });

  test("turns after a pause have more room again", () => {
    const server = opened();
    overload(server);
    for (let turn = 0; turn < 20; turn++) {
      server.loop.pause(1);
      server.enter();
    }
    server.loop.work(limits.turnMs);
    expect(server.enter({})).toBe(true);
  });

  test("goes on with each refusal and ends when there was none for a while", () => {
    const server = opened();
    overload(server);
    const { loop, enter, told, call } = server;
    loop.pause(limits.calmMs - 1);
    expect(enter()).toBe(true);
    expect(told).toEqual([]);
    loop.pause(1);
    expect(enter()).toBe(true);
    expect(told).toEqual(["ended 1"]);
    loop.work(limits.patienceMs);
    expect(call(limits.few)).not.toContain(false);
  });
});

describe("calls under way", () => {
  test("that are too many are overload when they wait for each other, not when they wait for others", () => {
    const ofOthers = opened();
    const waited = ofOthers.gate.now();
    ofOthers.call(limits.calls);
    ofOthers.loop.work(limits.patienceMs / 4);
    expect(ofOthers.gate.lateness(waited)).toBeUndefined();
    expect(ofOthers.call(1)).toEqual([false]);
    expect(ofOthers.told).toEqual(["calls"]);

    const ofEachOther = opened();
    const entered = ofEachOther.gate.now();
    ofEachOther.call(limits.calls);
    ofEachOther.loop.work(limits.patienceMs / 4 + 1);
    expect(ofEachOther.gate.lateness(entered)).toBeUndefined();
    expect(ofEachOther.call(1)).toEqual([false]);
    expect(ofEachOther.told).toEqual(["began", "calls"]);
  });

  test("are bounded, whatever they wait for", () => {
    const { loop, call, gate, told } = opened();
    call(limits.calls);
    loop.pause(60_000);
    expect(call(1)).toEqual([false]);
    expect(told).toEqual(["calls"]);
    gate.leave();
    expect(call(2)).toEqual([true, false]);
    expect(gate.underWay).toBe(limits.calls);
  });
});
