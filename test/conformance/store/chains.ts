import { expect, test } from "vitest";
import { eventCandidates } from "../../../src/domain/condition.ts";
import type { Chain } from "../../../src/domain/delivery.ts";
import { targetId } from "../../../src/domain/units.ts";
import {
  claim,
  deciding,
  finish,
  listed,
  listenWith,
  makeDelivery,
  makeEvent,
  publish,
  seconds,
} from "./delivery-fixtures.ts";
import { request, setList } from "./execution-fixtures.ts";
import { by, createAll, makeTarget, one, setting } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** The options of a write in a chain of calls, and how often the store asked for it. */
function inChain(depth = 3) {
  const options = { ...by, asked: 0, chain: (): Chain => ({ depth, traceparent }) };
  const { chain } = options;
  options.chain = () => {
    options.asked += 1;
    return chain();
  };
  return options;
}

const tooDeep = new Error("too deep");
const refused = {
  ...by,
  chain: () => {
    throw tooDeep;
  },
};

export function chainCases(context: SuiteContext): void {
  /** Places of the deliveries of an event type. */
  const placesOf = async (eventType: string) => {
    const items = await listed(context.store, { eventType });
    return items.map(({ depth, traceparent }) => ({ depth, traceparent }));
  };

  test("deliveries of events stand where the write says, by default below one execution", async () => {
    const { store } = context;
    await listenWith(store, ["t", "u"]);
    await publish(store, [makeEvent("e")]);
    expect(await placesOf("user.added")).toEqual(
      [1, 1].map((depth) => ({ depth, traceparent: undefined })),
    );
    const event = makeEvent("f", { type: "user.left" });
    await store.publishEvents(one, [event], eventCandidates, inChain());
    expect(await placesOf("user.left")).toEqual([3, 3].map((depth) => ({ depth, traceparent })));
  });

  test("the place is not asked for when there is nothing to deliver", async () => {
    const { store } = context;
    const options = inChain();
    const give = (id: string) =>
      store.publishEvents(one, [makeEvent(id)], eventCandidates, options);
    await give("e");
    await listenWith(store, ["t"]);
    await give("e");
    await store.createTarget(one, makeTarget("other"), options);
    expect(options.asked).toBe(0);
    expect(await give("f")).toEqual([1]);
    expect(options.asked).toBeGreaterThan(0);
  });

  test("what refuses to tell the place refuses the events, all of them", async () => {
    const { store } = context;
    await listenWith(store, ["t"]);
    const events = [makeEvent("quiet", { type: "project.added" }), makeEvent("e")];
    const call = store.publishEvents(one, events, eventCandidates, refused);
    await expect(call).rejects.toBe(tooDeep);
    expect(await listed(store)).toEqual([]);
    expect(await publish(store, events)).toEqual([0, 1]);
  });

  test("events of changes stand where the change says", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("hook")]);
    await setList(store, "event", ["hook"]);
    const id = targetId("t");
    await store.createTarget(one, makeTarget("t"), inChain(2));
    await store.updateTarget(one, id, setting({ name: "n" }), inChain(3));
    await store.deleteTarget(one, id, () => undefined, inChain(4));
    const place = (depth: number) => [{ depth, traceparent }];
    expect(await placesOf("target.created")).toEqual(place(2));
    expect(await placesOf("target.changed")).toEqual(place(3));
    expect(await placesOf("target.deleted")).toEqual(place(4));
  });

  test("what refuses to tell the place refuses the change", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("hook"), makeTarget("t")]);
    await setList(store, request, ["t"]);
    await setList(store, "event", ["hook"]);
    const id = targetId("t");
    const change = setting({ name: "n" });
    await expect(store.updateTarget(one, id, change, refused)).rejects.toBe(tooDeep);
    await expect(store.deleteTarget(one, id, () => undefined, refused)).rejects.toBe(tooDeep);
    expect((await store.getTarget(one, id, seconds(0)))?.settings.name).toBe("t");
    expect(await placesOf("target.changed")).toEqual([]);
  });

  test("the event of a target that its failures disable stands below the delivery", async () => {
    const { store } = context;
    await createAll(store, one, [makeTarget("t"), makeTarget("hook")]);
    await store.enqueue(one, [makeDelivery("m1", { depth: 2, traceparent })], seconds(0));
    await setList(store, "event", ["hook"]);
    const [held] = await claim(store, seconds(0), { total: 1 });
    expect(held?.delivery.id).toBe("m1");
    await finish(store, held, deciding({ state: "failed", disable: "gone" }));
    expect(await placesOf("target.changed")).toEqual([{ depth: 3, traceparent }]);
  });
}
