/** Saves the list of a condition unless somebody else has changed it since it was read. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Condition } from "../../../../src/domain/condition.ts";
import { toConditionMessage } from "../../../../src/rpc/condition-message.ts";
import { api } from "../../api/clients.ts";
import { loadExecution } from "./load.ts";

/**
 * @param etag of the list as it was read; empty when there was none, for which the server has no etag to
 *   compare with, so that is looked up before
 * @throws ConnectError ABORTED when there is another list now
 */
export async function saveList(
  condition: Condition,
  targets: readonly string[],
  etag: string,
): Promise<void> {
  if (etag === "" && (await loadExecution(condition)).etag !== "") {
    throw new ConnectError("somebody else has set a list meanwhile", Code.Aborted);
  }
  const message = toConditionMessage(condition);
  await api.actions.setExecution({ condition: message, targets: [...targets], etag });
}
