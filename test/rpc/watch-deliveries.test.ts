/** WatchDeliveries over the real server: the first stream that asks who calls. */
import { ConnectError } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { DeliveryState } from "../../gen/targetd/v1/delivery_service_pb.ts";
import { startTestApp } from "../support/app.ts";
import { anyEvent, newPublisher, type Publisher } from "./support/deliveries.ts";
import { callerOf, comes, denied, iamDoors, invalid, unauthenticated } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

interface Filter {
  readonly targetId?: string;
  readonly cursor?: string;
}

/** A watch that ends with the test. */
function watch({ deliveries }: Pick<Publisher, "deliveries">, filter: Filter = {}) {
  const control = new AbortController();
  onTestFinished(() => control.abort());
  const stream = deliveries.watchDeliveries(filter, { signal: control.signal });
  const messages = stream[Symbol.asyncIterator]();
  return {
    cancel: () => control.abort(),
    async next() {
      const { value, done } = await messages.next();
      if (done === true) throw new Error("the watch has ended");
      return value;
    },
  };
}

/** The outcome of a watch whose next message is an error. */
const endOf = (stream: ReturnType<typeof watch>) => comes(stream.next());

describe.each(iamDoors)("over %s", (door) => {
  test("a watch tells of every change, as it is then", async () => {
    const publisher = await newPublisher(server, door);
    await publisher.publish();
    const { next } = watch(publisher);
    expect((await next()).delivery).toBeUndefined();
    const [id = ""] = await publisher.publish();
    expect((await next()).delivery).toMatchObject({ id, state: DeliveryState.PENDING });
    await publisher.deliveries.cancelDelivery({ id });
    expect((await next()).delivery).toMatchObject({ id, state: DeliveryState.CANCELLED });
    await publisher.deliveries.replayDeliveries({ which: { case: "id", value: id } });
    expect((await next()).delivery).toMatchObject({ id, state: DeliveryState.PENDING });
  });

  test("a watch goes on where another one has ended", async () => {
    const publisher = await newPublisher(server, door);
    const first = watch(publisher);
    const { cursor } = await first.next();
    first.cancel();
    const events = Array.from({ length: 250 }, () => anyEvent());
    await publisher.events.publishEvents({ events });
    const { next } = watch(publisher, { cursor });
    expect((await next()).cursor).toBe(cursor);
    const told: string[] = [];
    for (const _ of events) told.push((await next()).delivery?.eventId ?? "");
    expect(told).toEqual(events.map(({ id }) => id));
  });

  test("a watch hears of its own instance and target only", async () => {
    const publisher = await newPublisher(server, door);
    const other = await newPublisher(server, door);
    const { next } = watch(publisher, { targetId: publisher.target });
    const deaf = watch(publisher, { targetId: other.target });
    await Promise.all([next(), deaf.next()]);
    await other.publish();
    const [id = ""] = await publisher.publish();
    expect((await next()).delivery?.id).toBe(id);
    deaf.cancel();
    expect(await endOf(deaf)).toBe("CANCELED");
  });

  test("a cursor of another watch is refused", async () => {
    const publisher = await newPublisher(server, door);
    const other = await newPublisher(server, door);
    const { cursor } = await watch(publisher).next();
    const refused = [
      watch(publisher, { cursor, targetId: publisher.target }),
      watch(other, { cursor }),
      watch(publisher, { cursor: `${cursor}A` }),
    ];
    const found = await Promise.all(refused.map(endOf));
    expect(found).toEqual(found.map(() => invalid("cursor")));
    expect(await endOf(watch(publisher, { targetId: "x".repeat(201) }))).toBe(invalid("target_id"));
  });

  test("nobody watches without permission, or a token", async () => {
    const { url, tokens } = server.app;
    expect(await endOf(watch(callerOf(url, tokens.nobody, door)))).toBe(denied);
    expect(await endOf(watch(callerOf(url, tokens.expired, door)))).toBe(unauthenticated);
    expect((await watch(callerOf(url, tokens.viewer, door)).next()).cursor).not.toBe("");
  });

  test("an instance has 100 watches, and others are not in the way", async () => {
    const publisher = await newPublisher(server, door);
    const watches = Array.from({ length: 100 }, () => watch(publisher));
    await Promise.all(watches.map(({ next }) => next()));
    const tooMany = "RESOURCE_EXHAUSTED TARGETD-TOO-MANY-WATCHES";
    expect(await endOf(watch(publisher))).toBe(tooMany);
    await expect(watch(publisher).next()).rejects.toSatisfy(
      (thrown) => ConnectError.from(thrown).metadata.get("retry-after") === "60",
    );
    await watch(await newPublisher(server, door)).next();
    watches[0]?.cancel();
    let outcome = tooMany;
    while (outcome === tooMany) outcome = await endOf(watch(publisher));
    expect(outcome).toBe("OK");
  });

  test("watches end when the server stops", async () => {
    const app = await startTestApp();
    const caller = callerOf(app.url, app.tokens.owner, door);
    const { next } = watch(caller);
    await next();
    const ended = next().catch((thrown: unknown) => ConnectError.from(thrown).rawMessage);
    await app.stop();
    expect(await ended).toBe("the server is shutting down");
  });
});
