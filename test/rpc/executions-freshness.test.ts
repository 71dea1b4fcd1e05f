/** An execution that starts after the answer of UpdateTarget was sent uses the new settings. */
import type { JsonObject } from "@bufbuild/protobuf";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { verifyZitadelSignature } from "../../examples/verify.ts";
import { type Hit, openHook } from "../support/hook.ts";
import { useServer } from "./support/server.ts";
import { newTenant, type Tenant } from "./support/tenant.ts";

const server = useServer({}, { dev: true });
const updates = 20;
const executionsEach = 50;
const fullMethod = "/shop.v1.Shop/Buy";
const condition = { request: { all: true } };

/** The settings of one generation of the target. */
interface Generation {
  readonly number: number;
  readonly signingKey: string;
}

/** Even generations are of type rest_call with JWT payloads, odd ones webhooks with JSON. */
const isCall = ({ number }: Generation) => number % 2 === 0;

const execute = (tenant: Tenant, marker: string) =>
  tenant.executions.execute({
    occurrence: { case: "request", value: { fullMethod, request: text(marker) } },
  });

const text = (value: string) => ({ kind: { case: "stringValue", value } }) as const;

function payloadOf({ body }: Hit): JsonObject {
  const isJson = body[0] === "{".charCodeAt(0);
  return (isJson ? JSON.parse(body.toString()) : decodeJwt(body.toString())) as JsonObject;
}

/** What a receiver sees of a call's settings. */
function seen(hit: Hit, generation: Generation) {
  const { iat, exp } = payloadOf(hit);
  const { headers, body, path } = hit;
  const now = server.clock.now() / 1e6;
  const signature = String(headers["zitadel-signature"]);
  return {
    path,
    keys: signature.match(/v1=/g)?.length,
    verified: verifyZitadelSignature(body, signature, generation.signingKey, now),
    timeout: iat === undefined ? undefined : Number(exp) - Number(iat) - 60,
    header: headers["x-generation"],
  };
}

function expectedOf(generation: Generation): ReturnType<typeof seen> {
  const { number } = generation;
  const timeout = isCall(generation) ? 10 + number : undefined;
  return { path: `/hook/${number}`, keys: 1, verified: true, timeout, header: String(number) };
}

test("of 1,000 executions after updates under load none uses old settings", async () => {
  const tenant = await newTenant(server);
  const hook = await openHook(({ path }) => ({ body: JSON.stringify(path) }));
  const target = await tenant.target(hook.url);
  await tenant.bind(condition, target);
  const update = async (number: number): Promise<Generation> => {
    const call = number % 2 === 0;
    const { message } = await tenant.call(
      "UpdateTarget",
      {
        id: target.id,
        endpoint: `${hook.url}/${number}`,
        timeout: `${10 + number}s`,
        payloadType: call ? "PAYLOAD_TYPE_JWT" : "PAYLOAD_TYPE_JSON",
        ...(call ? { restCall: { interruptOnError: true } } : { restWebhook: {} }),
        headers: { "X-Generation": String(number) },
        expirationSigningKey: "0s",
      },
      { headers: { "targetd-skip-executions": "true" } },
    );
    return { number, signingKey: String(message.signingKey) };
  };

  let busy = true;
  const noise = Array.from({ length: 8 }, async () => {
    while (busy) await execute(tenant, "noise");
  });
  const generations = new Map<string, Generation>();
  const replaced = new Map<string, boolean>();
  try {
    for (let number = 1; number <= updates; number++) {
      const generation = await update(number);
      const markers = Array.from({ length: executionsEach }, (_, index) => `${number}/${index}`);
      const running = markers.map(async (marker) => {
        generations.set(marker, generation);
        const answer = await execute(tenant, marker);
        replaced.set(marker, answer.replaced);
      });
      await Promise.all(running);
    }
  } finally {
    busy = false;
    await Promise.all(noise);
  }

  const calls = hook.hits.filter((hit) => payloadOf(hit).request !== "noise");
  expect(calls).toHaveLength(updates * executionsEach);
  expect(hook.hits.length).toBeGreaterThan(calls.length);
  const wrong = calls.filter((hit) => {
    const marker = String(payloadOf(hit).request);
    const generation = generations.get(marker);
    if (generation === undefined) return true;
    const expected = { ...expectedOf(generation), replaced: isCall(generation) };
    const found = { ...seen(hit, generation), replaced: replaced.get(marker) };
    return JSON.stringify(found) !== JSON.stringify(expected);
  });
  expect(wrong).toEqual([]);
});
