import { describe } from "vitest";
import { changeCases } from "./changes.ts";
import { deleteCases } from "./delete.ts";
import { deletedInstanceCases } from "./deleted-instance.ts";
import { durabilityCases } from "./durability.ts";
import { firstStartCases } from "./first-start.ts";
import { addInstance, two } from "./fixtures.ts";
import { type StoreFactory, useStore } from "./harness.ts";
import { instanceCases } from "./instances.ts";
import { isolationCases } from "./isolation.ts";
import { listCases } from "./list.ts";
import { replayCases } from "./replay.ts";
import { sweepCases } from "./sweep.ts";
import { targetCases } from "./targets.ts";
import { tokenCases } from "./tokens.ts";
import { updateCases } from "./update.ts";

const topics = [
  ["targets", targetCases],
  ["update", updateCases],
  ["delete", deleteCases],
  ["list", listCases],
  ["replay", replayCases],
  ["changes", changeCases],
  ["tokens", tokenCases],
  ["instances", instanceCases],
  ["deleted instance", deletedInstanceCases],
  ["isolation", isolationCases],
  ["sweep", sweepCases],
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
