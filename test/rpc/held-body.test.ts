/** A call whose body takes its time is judged by what holds when the body is here. */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "vitest";
import { callerOf, tokenIdOf } from "./support/iam.ts";
import { useServer } from "./support/server.ts";

const server = useServer();
let token = "";

beforeEach(async () => {
  const { tokens } = callerOf(server.app.url, server.app.tokens.owner);
  token = (await tokens.createToken({ roles: ["IAM_OWNER"] })).accessToken;
});

/** Sends the headers and waits until the server has admitted the call and wants the body. */
async function held(path: string, body: string): Promise<ClientRequest> {
  const call = request(new URL(path, server.app.url), {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      expect: "100-continue",
    },
  });
  call.flushHeaders();
  await once(call, "continue");
  return call;
}

async function statusOf(call: ClientRequest, body: string): Promise<number | undefined> {
  call.end(body);
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  await text(answer);
  return answer.statusCode;
}

const paths = [
  ["REST", "/v2/actions/targets/search", "{}"],
  ["Connect", "/targetd.v1.TokenService/CreateToken", '{"roles":["IAM_OWNER"]}'],
] as const;

describe.each(paths)("over %s", (_door, path, body) => {
  test("a token that is revoked meanwhile does nothing", async () => {
    const call = await held(path, body);
    const { tokens } = callerOf(server.app.url, server.app.tokens.owner);
    await tokens.revokeToken({ id: tokenIdOf(token) });
    expect(await statusOf(call, body)).toBe(401);
  });

  test("a token that lives on does what it is asked", async () => {
    expect(await statusOf(await held(path, body), body)).toBe(200);
  });
});

test("a feature that is switched off meanwhile stops the call", async () => {
  const [, path, body] = paths[0];
  const call = await held(path, body);
  const { instances } = callerOf(server.app.url, server.app.tokens.owner);
  await instances.setFeature({ feature: "actions", instanceId: "default", enabled: false });
  expect(await statusOf(call, body)).toBe(400);
  await instances.setFeature({ feature: "actions", instanceId: "default" });
});
