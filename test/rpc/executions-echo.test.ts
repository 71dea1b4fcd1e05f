/**
 * Targets that answer every message as they were told it change nothing: what they cannot see stays,
 * what they can is read as it was written.
 */
import type { JsonObject } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { type Answerer, openHook } from "../support/hook.ts";
import { accessScenarios } from "./support/access-scenarios.ts";
import { play, shortly } from "./support/play.ts";
import { useServer } from "./support/server.ts";
import { targetScenarios } from "./support/target-scenarios.ts";
import { allRequests, allResponses, skipping } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const doors = ["gRPC by grpc-js", "Connect JSON", "REST"] as const;

/** Answers with the message that it may replace. */
const echo: Answerer = ({ json }) => ({ body: json.response ?? json.request ?? "" });

const scenarios = [...targetScenarios, ...accessScenarios].filter(
  ({ featureOff }) => featureOff !== true,
);

async function bind(conditions: readonly JsonObject[], targets: readonly string[]) {
  const options = { token: server.app.tokens.owner, headers: skipping };
  for (const condition of conditions) {
    const request = { condition, targets: [...targets] };
    const outcome = await server.door("REST").call("SetExecution", request, options);
    expect(shortly(outcome)).toBe("OK");
  }
}

/** Elements of lists have no counterpart, so the keys of listed targets are what does get lost. */
const withoutListedKeys = (played: unknown) =>
  JSON.parse(JSON.stringify(played), (name, value: unknown) =>
    name === "targets" && Array.isArray(value)
      ? value.map(({ signingKey: _, ...target }: JsonObject) => target)
      : value,
  );

test.each(scenarios)("$name: the same with an echo before and after", async (scenario) => {
  const hook = await openHook(echo);
  const created = await server.call("CreateTarget", {
    name: `echo ${crypto.randomUUID()}`,
    restCall: { interruptOnError: true },
    timeout: "10s",
    endpoint: hook.url,
  });
  const id = String(created.message.id);
  await bind([allRequests, allResponses], [id]);
  for (const name of doors) {
    const door = server.door(name);
    hook.answer(() => undefined);
    const plain = await play(door, scenario, server.app.tokens);
    hook.answer(echo);
    const echoed = await play(door, scenario, server.app.tokens);
    expect(echoed.short, name).toEqual(plain.short);
    expect(withoutListedKeys(echoed.full), name).toEqual(withoutListedKeys(plain.full));
  }
  await bind([allRequests, allResponses], []);
});

test("and the echo is really asked", async () => {
  const hook = await openHook(echo);
  const changes = { restCall: { interruptOnError: true }, timeout: "10s", endpoint: hook.url };
  const { message } = await server.call("CreateTarget", { name: "asked", ...changes });
  await bind([allRequests, allResponses], [String(message.id)]);
  expect(shortly(await server.call("ListTargets", {}))).toBe("OK");
  await bind([allRequests, allResponses], []);
  expect(hook.hits).toHaveLength(2);
});
