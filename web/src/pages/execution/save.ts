/** Saves the list of a condition unless somebody else has changed it since it was read. */
import type { Condition } from "../../../../src/domain/condition.ts";
import { toConditionMessage } from "../../../../src/rpc/condition-message.ts";
import { api } from "../../api/clients.ts";

/**
 * @param etag of the list as it was read; empty when there was none
 * @throws ConnectError ABORTED when there is another list now
 */
export async function saveList(
  condition: Condition,
  targets: readonly string[],
  etag: string,
): Promise<void> {
  const message = toConditionMessage(condition);
  await api.actions.setExecution({
    ...{ condition: message, targets: [...targets] },
    etag: etag === "" ? "none" : etag,
  });
}
