/** Events and deliveries for tests, to targets that are disabled and so are never called. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { EventSchema } from "../../../gen/targetd/v1/event_service_pb.ts";
import { anyTarget, type Caller, callerOf, freshInstance, type iamDoors } from "./iam.ts";
import type { TestServer } from "./server.ts";

export type EventInit = MessageInitShape<typeof EventSchema>;

/** An event of a fresh id. */
export function anyEvent(changes: EventInit = {}): EventInit {
  return { id: crypto.randomUUID(), type: "shop.paid", aggregateId: "17", ...changes };
}

export interface Publisher extends Caller {
  readonly instance: string;
  readonly token: string;
  /** A target that hears of all events of the group "shop". */
  readonly target: string;
  /** Publishes an event and gives the ids of its deliveries, newest first. */
  publish(changes?: EventInit): Promise<readonly string[]>;
}

/** The owner of a new instance with one target. */
export async function newPublisher(
  server: TestServer,
  door: (typeof iamDoors)[number] = "gRPC",
): Promise<Publisher> {
  const instance = freshInstance();
  const { url, tokens } = server.app;
  const { accessToken: token } = await callerOf(url, tokens.owner).instances.createInstance({
    id: instance,
  });
  const caller = callerOf(url, token, door);
  await caller.catalog.setEventTypes({ eventTypes: ["shop.paid", "shop.sent", "user.added"] });
  const { id: target } = await caller.targets.createTarget({ ...anyTarget(), disabled: true });
  await bindGroup(caller, "shop", [target]);
  return {
    ...caller,
    ...{ instance, token, target },
    async publish(changes) {
      const event = anyEvent(changes);
      await caller.events.publishEvents({ events: [event] });
      const { deliveries } = await caller.deliveries.listDeliveries({});
      return deliveries.filter(({ eventId }) => eventId === event.id).map(({ id }) => id);
    },
  };
}

export async function bindGroup(
  caller: Caller,
  group: string,
  targets: readonly string[],
): Promise<void> {
  await caller.targets.setExecution({
    condition: {
      conditionType: {
        case: "event",
        value: { condition: { case: "group", value: group } },
      },
    },
    targets: [...targets],
  });
}
