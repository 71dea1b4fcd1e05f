/** The receivers in examples/, called by the real server and by somebody else. */
import { expect, test } from "vitest";
import { unusedPort } from "../support/closed-port.ts";
import { sharedProcess, startNode, type TestProcess } from "../support/process.ts";

const server = sharedProcess({ TARGETD_EGRESS_ALLOW: "127.0.0.1" });

/** Calls a method over REST; anything but 200 fails. */
async function call(verb: string, path: string, request: object) {
  const { url, token } = server();
  const response = await fetch(`${url}/v2/actions/${path}`, {
    method: verb,
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  });
  const answer = (await response.json()) as Record<string, string>;
  expect([response.status, answer]).toEqual([200, answer]);
  return answer;
}

/** Starts a receiver for a new target that is called before each ListTargets. */
async function startReceiver(file: string): Promise<TestProcess & { readonly url: string }> {
  const address = `127.0.0.1:${await unusedPort()}`;
  const url = `http://${address}/`;
  const target = { name: file, restWebhook: { interruptOnError: true }, timeout: "10s" };
  const { id = "", signingKey = "" } = await call("POST", "targets", { ...target, endpoint: url });
  const receiver = startNode([file, address, signingKey]);
  await receiver.printed(/receiving/);
  const condition = { request: { method: "/zitadel.action.v2.ActionService/ListTargets" } };
  await call("PUT", "executions", { condition, targets: [id] });
  return { ...receiver, url };
}

test.each([
  "examples/receiver.ts",
  "examples/receivers/express.ts",
  "examples/receivers/fastify.ts",
  "examples/receivers/hono.ts",
])("%s takes the calls of the server, and no others", async (file) => {
  const receiver = await startReceiver(file);
  await call("POST", "targets/search", {});
  await receiver.printed(/^genuine: \/zitadel.action.v2.ActionService\/ListTargets$/m);
  // A body beyond the usual limits of frameworks, as targets may get it.
  const forged = { headers: { "zitadel-signature": "t=1,v1=00" }, body: "x".repeat(4_000_000) };
  const refused = await fetch(receiver.url, { method: "POST", ...forged });
  expect([refused.status, await refused.text()]).toEqual([401, ""]);
  expect(receiver.output.err).toContain("(too-old)");
  expect((await fetch(receiver.url, { method: "POST" })).status).toBe(401);
  expect(receiver.output.out.match(/genuine/g)).toHaveLength(1);
});
