/** What one instance may have and send, at the limit and one beyond. */
import { describe, expect, onTestFinished, test } from "vitest";
import { callerOf } from "../rpc/support/iam.ts";
import { startTestApp } from "../support/app.ts";
import { deliveryBounds } from "./support/delivery-bounds.ts";

describe.each(deliveryBounds)("$bound", ({ limit, env, prepare, outcomes, reach }) => {
  test.each([0, 1] as const)(`${limit}, and %i more`, async (over) => {
    const app = await startTestApp({
      env,
      prepare: async (store) => prepare?.(store, over),
    });
    onTestFinished(() => app.stop());
    const caller = callerOf(app.url, app.tokens.owner);
    expect(await reach(caller, over)).toBe(outcomes[over]);
  });
});
