import { describe } from "vitest";
import { backlogCases } from "./backlog.ts";
import { catalogCases } from "./catalogs.ts";
import { chainCases } from "./chains.ts";
import { changeCases } from "./changes.ts";
import { claimCases } from "./claims.ts";
import { deleteCases } from "./delete.ts";
import { deletedInstanceCases } from "./deleted-instance.ts";
import { deletedInstancePartsCases } from "./deleted-instance-parts.ts";
import { deletedTargetCases } from "./deleted-target.ts";
import { deliveryCommandCases } from "./delivery-commands.ts";
import { deliveryIsolationCases } from "./delivery-isolation.ts";
import { deliveryLogCases } from "./delivery-log.ts";
import { deliveryPropertyCases } from "./delivery-property.ts";
import { durabilityCases } from "./durability.ts";
import { executionIsolationCases } from "./execution-isolation.ts";
import { executionCases } from "./executions.ts";
import { findExecutionCases } from "./find-execution.ts";
import { firstStartCases } from "./first-start.ts";
import { addInstance, two } from "./fixtures.ts";
import { type StoreFactory, useStore } from "./harness.ts";
import { heldBackCases } from "./held-back.ts";
import { instanceKeyCases } from "./instance-keys.ts";
import { instanceCases } from "./instances.ts";
import { isolationCases } from "./isolation.ts";
import { listCases } from "./list.ts";
import { listExecutionCases } from "./list-executions.ts";
import { orderedCases } from "./ordered.ts";
import { ownEventCases } from "./own-events.ts";
import { publicKeyCases } from "./public-keys.ts";
import { publishCases } from "./publish.ts";
import { quotaCases } from "./quotas.ts";
import { readAfterWriteCases } from "./read-after-write.ts";
import { reopenedCases } from "./reopened.ts";
import { replayCases } from "./replay.ts";
import { resultCases } from "./results.ts";
import { retentionCases } from "./retention.ts";
import { sweepCases } from "./sweep.ts";
import { targetHistoryCases } from "./target-histories.ts";
import { targetCases } from "./targets.ts";
import { temporaryTargetCases } from "./temporary-targets.ts";
import { tokenCases } from "./tokens.ts";
import { updateCases } from "./update.ts";

const topics = [
  ["targets", targetCases],
  ["update", updateCases],
  ["delete", deleteCases],
  ["temporary targets", temporaryTargetCases],
  ["list", listCases],
  ["reads after writes", readAfterWriteCases],
  ["replay", replayCases],
  ["public keys", publicKeyCases],
  ["executions", executionCases],
  ["find execution", findExecutionCases],
  ["list executions", listExecutionCases],
  ["catalogs", catalogCases],
  ["publishing", publishCases],
  ["claims", claimCases],
  ["claims held back", heldBackCases],
  ["results", resultCases],
  ["backlog", backlogCases],
  ["ordered", orderedCases],
  ["commands on deliveries", deliveryCommandCases],
  ["log of deliveries", deliveryLogCases],
  ["deliveries of deleted targets", deletedTargetCases],
  ["deliveries after opening", reopenedCases],
  ["own events", ownEventCases],
  ["chains of calls", chainCases],
  ["any history of deliveries", deliveryPropertyCases],
  ["changes", changeCases],
  ["histories of targets", targetHistoryCases],
  ["tokens", tokenCases],
  ["instances", instanceCases],
  ["instance keys", instanceKeyCases],
  ["deleted instance", deletedInstanceCases],
  ["deleted instance: executions, keys, catalogue", deletedInstancePartsCases],
  ["isolation", isolationCases],
  ["isolation of executions", executionIsolationCases],
  ["isolation of deliveries", deliveryIsolationCases],
  ["sweep", sweepCases],
  ["retention", retentionCases],
  ["quotas", quotaCases],
  ["durability", durabilityCases],
] as const;

/** Every case that a store must pass (src/store/store.ts). */
export function storeSuite(name: string, factory: StoreFactory): void {
  describe(`store: ${name}`, () => {
    describe("first start", () => firstStartCases(useStore(factory, async () => undefined)));
    describe("in use", () => {
      const context = useStore(factory, (store) => addInstance(store, two));
      for (const [topic, cases] of topics) describe(topic, () => cases(context));
    });
  });
}
