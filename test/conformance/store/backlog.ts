import { expect, test } from "vitest";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  closed,
  finish,
  listenWith,
  makeEvent,
  openUntil,
  publish,
  retryAt,
  seconds,
} from "./delivery-fixtures.ts";
import { by, one, setting, start, two } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const id = targetId("t");

export function backlogCases(context: SuiteContext): void {
  const oldest = async () => (await context.store.backlog()).oldestPending;
  const openBreakers = async () => (await context.store.backlog()).openBreakers;
  const disabledWaiting = async () => (await context.store.backlog()).disabledWaiting;

  test("nothing waits at first", async () => {
    const nothing = { oldestPending: undefined, openBreakers: 0, disabledWaiting: 0 };
    expect(await context.store.backlog()).toEqual(nothing);
  });

  test("the oldest pending delivery is that of any instance, whatever it waits for", async () => {
    const { store } = context;
    await listenWith(store, ["t"], { ordered: true });
    await listenWith(store, ["t"], { disabled: true }, two);
    await publish(store, [makeEvent("young")], { instance: two, at: seconds(9) });
    expect(await oldest()).toBe(seconds(9));
    await publish(store, [makeEvent("a", { aggregateId: "1" })], { at: seconds(1) });
    await publish(store, [makeEvent("b", { aggregateId: "1" })], { at: seconds(2) });
    const [held] = await claim(store, seconds(3));
    expect(await oldest()).toBe(seconds(1));
    await finish(store, held, retryAt(seconds(600)), seconds(4));
    expect(await oldest()).toBe(seconds(1));
    const [again] = await claim(store, seconds(600));
    await finish(store, again, undefined, seconds(601));
    expect(await oldest()).toBe(seconds(2));
  });

  test("a breaker counts until it is closed, its target disabled or deleted", async () => {
    const { store } = context;
    const open = async (at: number) => {
      await publish(store, [makeEvent(`e${at}`)], { at: seconds(at) });
      const [held] = await claim(store, seconds(at));
      const later = retryAt(seconds(at + 30), openUntil(seconds(at + 30)));
      await finish(store, held, later, seconds(at));
    };
    await listenWith(store, ["t"]);
    await open(0);
    expect(await openBreakers()).toBe(1);
    const [probe] = await claim(store, seconds(30));
    expect(await openBreakers()).toBe(1);
    await finish(store, probe, retryAt(seconds(5000), closed), seconds(31));
    expect(await openBreakers()).toBe(0);
    await open(100);
    expect(await openBreakers()).toBe(1);
    await store.updateTarget(one, id, setting({ disabled: true }), by);
    expect(await openBreakers()).toBe(0);
    await store.updateTarget(one, id, setting({ disabled: false }), by);
    await open(200);
    expect(await openBreakers()).toBe(1);
    await store.deleteTarget(one, id, () => undefined, by);
    expect(await openBreakers()).toBe(0);
  });

  test("a disabled target counts while something waits for it", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    await publish(store, [makeEvent("e")]);
    expect(await disabledWaiting()).toBe(0);
    await store.updateTarget(one, id, setting({ disabled: true }), by);
    expect(await disabledWaiting()).toBe(1);
    const { items } = await store.listDeliveries(one, { limit: 10 });
    await store.cancelDelivery(one, items[0]?.id ?? "", by);
    expect(await disabledWaiting()).toBe(0);
    await publish(store, [makeEvent("f")]);
    expect(await disabledWaiting()).toBe(1);
    await store.deleteTarget(one, id, () => undefined, { ...by, at: start });
    expect(await disabledWaiting()).toBe(0);
  });
}
