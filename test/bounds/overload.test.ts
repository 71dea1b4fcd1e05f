/** How long calls may wait and how many there may be, at the limit and one beyond. */
import { describe, expect, onTestFinished, test } from "vitest";
import { startTestApp } from "../support/app.ts";
import { FakeLoop } from "../support/fake-loop.ts";
import { outcomeOf, overloadBounds } from "./support/overload-bounds.ts";

describe.each(overloadBounds)("$bound", ({ limit, triedWith, outcomes, reach }) => {
  test.each([0, 1] as const)(`${limit}, and one more: %i`, async (over) => {
    const loop = new FakeLoop();
    const env = { TARGETD_SHUTDOWN_TIMEOUT: "0s" };
    const app = await startTestApp({ env, overload: { limits: triedWith, loop } });
    onTestFinished(() => app.stop());
    await reach(app, loop, over);
    expect(await outcomeOf(app)).toBe(outcomes[over]);
  });
});
