/** Events that together would make more deliveries than one call may. */
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { mostDeliveries } from "../../src/rpc/publish-events.ts";
import { anyEvent, bindGroup, newPublisher } from "./support/deliveries.ts";
import { anyTarget } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();

test("they are refused as a whole, with the number and the limit and no time to come again", async () => {
  const caller = await newPublisher(server);
  const create = () => caller.targets.createTarget({ ...anyTarget(), disabled: true });
  const others = await Promise.all(Array.from({ length: 9 }, create));
  await bindGroup(caller, "shop", [caller.target, ...others.map(({ id }) => id)]);
  const events = Array.from({ length: mostDeliveries / 10 + 1 }, () => anyEvent());
  const thrown = await caller.events.publishEvents({ events }).then(
    () => undefined,
    (reason: unknown) => ConnectError.from(reason),
  );
  expect(thrown?.code).toBe(Code.ResourceExhausted);
  expect(thrown?.findDetails(ErrorInfoSchema)[0]).toMatchObject({
    reason: "TOO_MANY_DELIVERIES",
    metadata: { deliveries: "5010", limit: "5000" },
  });
  expect(thrown?.findDetails(RetryInfoSchema)).toEqual([]);
  expect(thrown?.metadata.get("retry-after")).toBeNull();
  expect((await caller.deliveries.listDeliveries({})).deliveries).toEqual([]);
  const { deliveries } = await caller.events.publishEvents({ events: events.slice(1) });
  expect(new Set(deliveries)).toEqual(new Set([10]));
});
