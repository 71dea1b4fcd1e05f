import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { endTurn, turnOfLoop, whenAllAreRead } from "../../src/turn.ts";

test("a turn goes on until the connections were read once more", async () => {
  const turn = turnOfLoop();
  await Promise.resolve();
  expect(turnOfLoop()).toBe(turn);
  await nextTurn();
  expect(turnOfLoop()).not.toBe(turn);
});

test("a write ends the turn at once", () => {
  const turn = turnOfLoop();
  endTurn();
  expect(turnOfLoop()).not.toBe(turn);
});

test("those who wait for the same connections go on together, others later", async () => {
  const order: string[] = [];
  const call = async (name: string) => {
    await whenAllAreRead();
    order.push(`${name} begins`);
    await Promise.resolve();
    order.push(`${name} goes on`);
  };
  await Promise.all([call("a"), call("b")]);
  await call("c");
  expect(order).toEqual([
    ...["a begins", "b begins", "a goes on", "b goes on"],
    ...["c begins", "c goes on"],
  ]);
});

test.each([
  [3, [3]],
  [256, [256]],
  [600, [256, 256, 88]],
])("of %i who wait so many go on in each turn: %j", async (count, expected) => {
  let released = 0;
  for (let call = 0; call < count; call += 1) void whenAllAreRead().then(() => void released++);
  const found: number[] = [];
  for (let before = 0; before < count; before = released) {
    await nextTurn();
    found.push(released - before);
  }
  expect(found).toEqual(expected);
});
