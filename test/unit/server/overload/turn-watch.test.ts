import { expect, test } from "vitest";
import { eventLoop, type Turn, TurnWatch } from "../../../../src/server/overload/turn-watch.ts";
import { FakeLoop } from "../../../support/fake-loop.ts";

const ignore = () => undefined;

function watched() {
  const loop = new FakeLoop();
  const turns = new TurnWatch(loop);
  return { loop, look: (onNew: (turn: Turn) => void = ignore) => turns.at(loop.now(), onNew) };
}

test("a turn after a pause began when its first call came", () => {
  const { loop, look } = watched();
  look();
  loop.pause(50);
  loop.work(3);
  const { began, firstCall, afterPause } = look();
  expect([began, firstCall, afterPause]).toEqual([loop.now(), loop.now(), true]);
});

test("a turn right after another began at the end of that one", () => {
  const { loop, look } = watched();
  look();
  loop.work(10);
  const end = loop.now();
  loop.endTurn();
  loop.work(30);
  expect(look()).toEqual({ began: end, firstCall: loop.now(), afterPause: false });
});

test("what went on while nobody called is not counted", () => {
  const { loop, look } = watched();
  look();
  loop.endTurn();
  loop.work(10_000);
  loop.endTurn();
  loop.work(20);
  expect(look()).toEqual({ began: loop.now(), firstCall: loop.now(), afterPause: false });
});

test("all calls of a turn see the same one, which is new once", () => {
  const { loop, look } = watched();
  const seen: Turn[] = [];
  const first = look((turn) => seen.push(turn));
  loop.work(5);
  expect(look((turn) => seen.push(turn))).toBe(first);
  loop.endTurn();
  expect(look((turn) => seen.push(turn))).not.toBe(first);
  expect(seen.length).toBe(2);
});

test("the event loop tells of its turns and pauses", async () => {
  const turns = new TurnWatch(eventLoop);
  const look = () => turns.at(eventLoop.now(), ignore);
  const immediate = () => new Promise<void>((resolve) => setImmediate(resolve));
  await immediate();
  const first = look();
  await immediate();
  const next = look();
  expect(next).not.toBe(first);
  expect(next.afterPause).toBe(false);
  expect(next.began).toBeGreaterThanOrEqual(first.firstCall);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(look().afterPause).toBe(true);
});
