/** The same calls about public keys and executions through every door, each in its own instance. */
import { expect, test } from "vitest";
import type { TestTokens } from "../support/app.ts";
import { doorNames } from "../support/doors.ts";
import { executionScenarios } from "./support/execution-scenarios.ts";
import { play } from "./support/play.ts";
import { publicKeyScenarios } from "./support/public-key-scenarios.ts";
import { useServer } from "./support/server.ts";
import { newTenant } from "./support/tenant.ts";

const server = useServer();

/** Tokens of a new instance. */
async function newTokens(): Promise<TestTokens> {
  const tenant = await newTenant(server);
  return {
    owner: tenant.token,
    viewer: await tenant.tokenOf(["IAM_OWNER_VIEWER"]),
    nobody: await tenant.tokenOf(["EXECUTION_CALLER"]),
    expired: "",
    stranger: server.app.tokens.stranger,
  };
}

test.each([...publicKeyScenarios, ...executionScenarios])(
  "through every door the same: $name",
  async (scenario) => {
    const played = await Promise.all(
      doorNames.map(async (name) => play(server.door(name), scenario, await newTokens())),
    );
    const byDoor = Object.fromEntries(doorNames.map((name, index) => [name, played[index]?.short]));
    expect(byDoor).toEqual(Object.fromEntries(doorNames.map((name) => [name, scenario.comes])));
    for (const [index, { full }] of played.entries()) {
      expect(full, doorNames[index]).toEqual(played[0]?.full);
    }
  },
);
