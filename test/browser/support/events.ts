/** Events that go to a target. */

import type { Condition } from "../../../gen/zitadel/action/v2/execution_pb.ts";
import { parseConditionId } from "../../../src/domain/condition.ts";
import { toConditionMessage } from "../../../src/rpc/condition-message.ts";
import type { TestConsole } from "./console.ts";

/** The condition of an id as calls take it. */
export function conditionOf(id: string): Condition {
  const condition = parseConditionId(id);
  if (condition === undefined) throw new Error(`${id} is no condition`);
  return toConditionMessage(condition);
}

/** Makes a type of event known, and has its events go to a target. */
export async function listen({ api }: TestConsole, type: string, target: string): Promise<void> {
  const { eventTypes } = await api.catalog.getCatalog({});
  const own = eventTypes.filter((each) => !/^(?:target|execution)\./.test(each));
  await api.catalog.setEventTypes({ eventTypes: [...own, type] });
  await api.actions.setExecution({ condition: conditionOf(`event/${type}`), targets: [target] });
}

export async function publish({ api }: TestConsole, type: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, () => ({
    ...{ id: crypto.randomUUID(), type, aggregateId: "17" },
  }));
  await api.events.publishEvents({ events });
}
