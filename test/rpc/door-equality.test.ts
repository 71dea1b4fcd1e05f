import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApp, type TestApp } from "../support/app.ts";
import { type Doors, doorNames, openDoors } from "../support/doors.ts";
import { tickingClock } from "../support/ticking-clock.ts";
import { accessScenarios } from "./support/access-scenarios.ts";
import { play } from "./support/play.ts";
import { targetScenarios } from "./support/target-scenarios.ts";

interface Opened {
  readonly app: TestApp;
  readonly doors: Doors;
}

let on: Opened;
let off: Opened;

async function open(env: Record<string, string>): Promise<Opened> {
  const app = await startTestApp({ env, clock: tickingClock().now });
  return { app, doors: openDoors(app.url) };
}

beforeAll(async () => {
  [on, off] = await Promise.all([open({}), open({ TARGETD_FEATURE_ACTIONS: "false" })]);
});

afterAll(async () => {
  for (const { app, doors } of [on, off]) {
    doors.close();
    await app.stop();
  }
});

test.each([...targetScenarios, ...accessScenarios])(
  "through every door the same: $name",
  async (scenario) => {
    const { app, doors } = scenario.featureOff === true ? off : on;
    const played = await Promise.all(doors.all.map((door) => play(door, scenario, app.tokens)));
    const byDoor = Object.fromEntries(doorNames.map((name, index) => [name, played[index]?.short]));
    expect(byDoor).toEqual(Object.fromEntries(doorNames.map((name) => [name, scenario.comes])));
    for (const [index, { full }] of played.entries()) {
      expect(full, doorNames[index]).toEqual(played[0]?.full);
    }
  },
);
