import { describe } from "vitest";
import { deleteCases } from "./delete.ts";
import { durabilityCases } from "./durability.ts";
import { type StoreFactory, useStore } from "./harness.ts";
import { historyCases } from "./history.ts";
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
  ["history", historyCases],
  ["tokens", tokenCases],
  ["isolation", isolationCases],
  ["sweep", sweepCases],
  ["durability", durabilityCases],
] as const;

/** Every case that a store must pass (src/store/store.ts). */
export function storeSuite(name: string, factory: StoreFactory): void {
  describe(`store: ${name}`, () => {
    const context = useStore(factory);
    for (const [topic, cases] of topics) describe(topic, () => cases(context));
  });
}
