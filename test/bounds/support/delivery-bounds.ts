/** Bounds on what one instance may have and send, as data. */

import { knobs, type SettingName } from "../../../src/config.ts";
import { eventCandidates } from "../../../src/domain/condition.ts";
import { maxPayloadBytes, mostDeliveries } from "../../../src/rpc/publish-events.ts";
import { mostReplayed } from "../../../src/rpc/replay-deliveries.ts";
import { mostWatches } from "../../../src/rpc/watch-deliveries.ts";
import type { Store } from "../../../src/store/store.ts";
import { listenWith, manyEvents } from "../../conformance/store/delivery-fixtures.ts";
import { setList } from "../../conformance/store/execution-fixtures.ts";
import { by, one } from "../../conformance/store/fixtures.ts";
import { bindGroup } from "../../rpc/support/deliveries.ts";
import { anyTarget, type Caller, comes } from "../../rpc/support/iam.ts";

export interface DeliveryBound {
  readonly bound: string;
  /** As the documentation shows it. */
  readonly limit: string;
  /** Settings of the server that it is tried with. */
  readonly env?: Readonly<Record<string, string>>;
  /** Fills the store before the server starts. */
  readonly prepare?: (store: Store, over: 0 | 1) => Promise<void>;
  readonly outcomes: readonly [string, string];
  /**
   * Goes to the limit, or one beyond.
   *
   * @param caller an owner of the default instance
   * @param over 0 or 1, to be added to the limit
   * @returns what the caller saw
   */
  readonly reach: (caller: Caller, over: 0 | 1) => Promise<string>;
}

const events = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `e${index}`, type: "a.b", aggregateId: "1" }));

const refused = ["OK", "RESOURCE_EXHAUSTED TARGETD-QUOTA-EXCEEDED"] as const;
const numberOf = (count: number) => count.toLocaleString("en");

/** A quota with its default, tried with a small one. */
function quota(
  bound: string,
  setting: SettingName,
  tried: number,
  reach: (caller: Caller, count: number) => Promise<string>,
): DeliveryBound {
  const { env, default: usual } = knobs[setting];
  return {
    ...{ bound, limit: `${numberOf(Number(usual))} (\`${env}\`)`, outcomes: refused },
    env: { [env]: String(tried) },
    reach: (caller, over) => reach(caller, tried + over),
  };
}

/** The outcome of the last of some calls one after the other. */
async function lastOf(count: number, call: (index: number) => Promise<string>): Promise<string> {
  let outcome = "";
  for (let index = 0; index < count; index++) outcome = await call(index);
  return outcome;
}

const createTarget = ({ targets }: Caller, parts = {}) =>
  targets.createTarget({ ...anyTarget(), disabled: true, ...parts });

/** Deliveries that are finished, to a target that is not called. */
async function finishMany(store: Store, count: number): Promise<void> {
  await listenWith(store, ["t"], { disabled: true });
  await store.publishEvents(one, manyEvents(count), eventCandidates, by);
  let after: string | undefined;
  do {
    const page = await store.listDeliveries(one, { limit: 1000, after });
    await Promise.all(page.items.map(({ id }) => store.cancelDelivery(one, id, by)));
    after = page.next;
  } while (after !== undefined);
}

const filter = { case: "filter", value: { all: true, since: { seconds: 1n } } } as const;

export const deliveryBounds: readonly DeliveryBound[] = [
  {
    bound: "Events of one PublishEvents",
    limit: "1,000",
    outcomes: ["OK", "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT events"],
    reach: (caller, over) => comes(caller.events.publishEvents({ events: events(1000 + over) })),
  },
  {
    bound: "Payload of an event, as JSON",
    limit: `${maxPayloadBytes / 1024} KiB`,
    outcomes: ["OK", "INVALID_ARGUMENT TARGETD-INVALID-ARGUMENT events[0].payload"],
    reach(caller, over) {
      const payload = { a: "x".repeat(maxPayloadBytes - '{"a":""}'.length + over) };
      const [event] = events(1);
      return comes(caller.events.publishEvents({ events: [{ ...event, payload }] }));
    },
  },
  {
    bound: "Deliveries of one PublishEvents with more than one event",
    limit: numberOf(mostDeliveries),
    outcomes: ["OK", "RESOURCE_EXHAUSTED TARGETD-TOO-MANY-DELIVERIES"],
    // Ten targets hear of each event, and one more event goes to one of them alone.
    prepare: async (store) => {
      const ids = Array.from({ length: 10 }, (_, index) => `t${index}`);
      await listenWith(store, ids, { disabled: true });
      await setList(store, "event/user.removed", ids.slice(0, 1));
    },
    reach(caller, over) {
      const type = "user.added";
      const many = events(mostDeliveries / 10).map((event) => ({ ...event, type }));
      const [last] = events(1);
      const more = { ...last, id: "more", type: over === 0 ? "other" : "user.removed" };
      return comes(caller.events.publishEvents({ events: [...many, more] }));
    },
  },
  {
    bound: "Deliveries that one ReplayDeliveries takes",
    limit: numberOf(mostReplayed),
    outcomes: ["10,000, and 0 with the next call", "10,000, and 1 with the next call"],
    prepare: (store, over) => finishMany(store, mostReplayed + over),
    async reach({ deliveries }) {
      const replay = (pageToken: string) =>
        deliveries.replayDeliveries({
          which: { ...filter, value: { ...filter.value, pageToken } },
        });
      const first = await replay("");
      const second = await replay(first.nextPageToken);
      return `${numberOf(first.replayed)}, and ${second.replayed} with the next call`;
    },
  },
  {
    bound: "Watches of an instance at a time",
    limit: String(mostWatches),
    outcomes: ["OK", "RESOURCE_EXHAUSTED TARGETD-TOO-MANY-WATCHES"],
    async reach({ deliveries }, over) {
      const control = new AbortController();
      try {
        return await lastOf(mostWatches + over, () => {
          const watch = deliveries.watchDeliveries({}, { signal: control.signal });
          const first = watch[Symbol.asyncIterator]().next();
          return comes(first.then(({ value }) => value));
        });
      } finally {
        control.abort();
      }
    },
  },
  quota("Targets of an instance", "quotaTargets", 3, (caller, count) =>
    lastOf(count, () => comes(createTarget(caller))),
  ),
  quota("Executions of an instance", "quotaExecutions", 3, async (caller, count) => {
    const { id } = await createTarget(caller);
    await caller.catalog.setEventTypes({ eventTypes: ["g0.e", "g1.e", "g2.e", "g3.e"] });
    return lastOf(count, (index) => comes(bindGroup(caller, `g${index}`, [id])));
  }),
  quota("Pending deliveries of an instance", "quotaQueuedDeliveries", 3, async (caller, count) => {
    const { id } = await createTarget(caller);
    await caller.catalog.setEventTypes({ eventTypes: ["a.b"] });
    await bindGroup(caller, "a", [id]);
    return comes(caller.events.publishEvents({ events: events(count) }));
  }),
  {
    ...quota("New events of an instance in a second", "quotaEventsPerSecond", 1, () =>
      Promise.resolve(""),
    ),
    // A call may always have 1000; the second one comes within the same second, or needs longer.
    async reach(caller, over) {
      const published = events(1000 + 100 * over);
      const publish = (from: number, to: number) =>
        comes(caller.events.publishEvents({ events: published.slice(from, to) }));
      const first = await publish(0, 1000);
      return over === 0 ? first : publish(1000, 1100);
    },
  },
];
