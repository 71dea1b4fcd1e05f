/** Instances whose targets share a receiver do not hold up one another. */
import { fromJson } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { ExecuteRequestSchema } from "../../gen/targetd/v1/execution_service_pb.ts";
import { agentLimits } from "../../src/egress/guarded-agent.ts";
import { openHook } from "../support/hook.ts";
import { comes } from "./support/iam.ts";
import { useServer } from "./support/server.ts";
import { allRequests, newTenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const request = fromJson(ExecuteRequestSchema, { request: { fullMethod: "/a.B/C" } });

test("calls of one instance that hang leave those of another to the same origin alone", async () => {
  const [busy, other] = [await newTenant(server), await newTenant(server)];
  const most = agentLimits.connectionsPerOrigin;
  const hook = await openHook(({ path }) => (path === "/hook/slow" ? new Promise(() => {}) : {}));
  const timeout = "270s";
  await busy.bind(allRequests, await busy.target(`${hook.url}/slow`, { timeout }));
  const controller = new AbortController();
  const { signal } = controller;
  const hanging = Array.from({ length: most + 8 }, () =>
    comes(busy.executions.execute(request, { signal })),
  );
  // As many as may go to one origin at a time.
  await expect.poll(() => hook.hits.length).toBe(most);
  const { id: targetId } = await other.target(hook.url, { timeout: "3s" });
  const answer = await other.testing.testTarget({ targetId });
  expect(answer).toMatchObject({ succeeded: true, stage: "" });
  controller.abort();
  await Promise.all(hanging);
});
