/** Executions, keys and the catalogue outlive a SIGKILL, and calls go on as before. */
import { generateKeyPairSync } from "node:crypto";
import { fromJson, type JsonObject } from "@bufbuild/protobuf";
import { compactDecrypt, createRemoteJWKSet, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { verifyZitadelSignature } from "../../examples/verify.ts";
import { CatalogService } from "../../gen/targetd/v1/catalog_service_pb.ts";
import {
  ExecuteRequestSchema,
  ExecutionService,
} from "../../gen/targetd/v1/execution_service_pb.ts";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import {
  ListExecutionsRequestSchema,
  SetExecutionRequestSchema,
} from "../../gen/zitadel/action/v2/execution_messages_pb.ts";
import { CreateTargetRequestSchema } from "../../gen/zitadel/action/v2/target_messages_pb.ts";
import { type GrpcCaller, openCaller } from "../support/grpc-caller.ts";
import { openHook } from "../support/hook.ts";
import { newDataDir, startProcess } from "../support/process.ts";
import { buy, shopDescriptorSet } from "../support/shop.ts";
import { workUntilStopped } from "../support/work-until-stopped.ts";

const { action, catalog } = { action: ActionService.method, catalog: CatalogService.method };
const env = { TARGETD_EGRESS_ALLOW: "127.0.0.0/8", TARGETD_PUBLIC_URL: "https://t.example" };

const setExecution = (condition: JsonObject, targets: string[]) =>
  fromJson(SetExecutionRequestSchema, { condition, targets });

async function createTarget(call: GrpcCaller, changes: JsonObject) {
  const name = `target ${crypto.randomUUID()}`;
  const given = { name, restWebhook: { interruptOnError: true }, timeout: "10s", ...changes };
  return (await call(action.createTarget, fromJson(CreateTargetRequestSchema, given))).message;
}

/** Everything that conditions, targets and receivers depend on. */
async function stateOf(call: GrpcCaller, url: string, targetId: string) {
  const [executions, known, keys, jwks] = await Promise.all([
    call(action.listExecutions, fromJson(ListExecutionsRequestSchema, {})),
    call(catalog.getCatalog, {}),
    call(action.listPublicKeys, { targetId }),
    fetch(`${url}/oauth/v2/keys`).then((answer) => answer.json()),
  ]);
  return [executions.message, known.message, keys.message, jwks];
}

test("what was set before a SIGKILL is there after it, and is called with the same keys", async () => {
  const dataDir = newDataDir();
  let server = await startProcess({ dataDir, env });
  let call = openCaller(server);
  const hook = await openHook();
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  await call(catalog.importDescriptorSet, { source: "shop", descriptorSet: shopDescriptorSet() });
  await call(catalog.setFunctions, { functions: ["price"] });
  await call(catalog.setEventTypes, { eventTypes: ["shop.sold"] });
  const payloadType = "PAYLOAD_TYPE_JWE";
  const target = await createTarget(call, { endpoint: hook.url, payloadType });
  const pem = Buffer.from(publicKey.export({ type: "spki", format: "pem" }));
  const added = await call(action.addPublicKey, { targetId: target.id, publicKey: pem });
  const { keyId } = added.message;
  await call(action.activatePublicKey, { targetId: target.id, keyId });
  const rotation = { id: target.id, expirationSigningKey: { seconds: 3600n } };
  const { message: rotated } = await call(action.updateTarget, rotation);
  for (const condition of [
    { request: { method: buy } },
    { function: { name: "price" } },
    { event: { event: "shop.sold" } },
  ]) {
    await call(action.setExecution, setExecution(condition, [target.id]));
  }

  const receive = async () => {
    const occurrence = { request: { fullMethod: buy, request: { item: "tea", pin: "1" } } };
    const request = fromJson(ExecuteRequestSchema, occurrence);
    const { message } = await call(ExecutionService.method.execute, request);
    expect(message.condition).toBe("request/shop.v1.Shop/Buy");
    const { body, headers } = hook.last();
    const { plaintext, protectedHeader } = await compactDecrypt(body.toString(), privateKey);
    const keys = createRemoteJWKSet(new URL(`${server.url}/oauth/v2/keys`));
    const issuer = "https://t.example/instances/default";
    const verified = await jwtVerify(plaintext, keys, { issuer, audience: target.id });
    expect(verified.payload.request).toEqual({ item: "tea" });
    const signature = String(headers["zitadel-signature"]);
    const accepted = [target.signingKey, rotated.signingKey ?? ""].map((key) =>
      verifyZitadelSignature(body, signature, key),
    );
    return [protectedHeader.kid, verified.protectedHeader.kid, ...accepted];
  };

  const called = await receive();
  expect(called.slice(2)).toEqual([true, true]);
  const before = await stateOf(call, server.url, target.id);
  server.kill("SIGKILL");
  await server.exited;
  server = await startProcess({ dataDir, env });
  call = openCaller(server);
  expect(await stateOf(call, server.url, target.id)).toEqual(before);
  expect(await receive()).toEqual(called);
});

test("every acknowledged SetExecution outlives a SIGKILL", async () => {
  const dataDir = newDataDir();
  let server = await startProcess({ dataDir, env });
  const functions = Array.from({ length: 16 }, (_, index) => `f${index}`);
  const first = openCaller(server);
  await first(catalog.setFunctions, { functions });
  const ids = await Promise.all(
    Array.from({ length: 4 }, () => createTarget(first, { endpoint: "http://127.0.0.1:8000/" })),
  ).then((targets) => targets.map(({ id }) => id));
  /** What was sent for each function, and how much of it was acknowledged. */
  const ledgers = functions.map((name) => ({ name, sent: 0, acknowledged: 0 }));
  const listAt = (turn: number) => (turn === 0 ? [] : ids.slice(0, 1 + (turn % ids.length)));
  for (const acknowledged of [40, 120]) {
    const working = openCaller(server);
    const jobs = ledgers.map((ledger) => async () => {
      const turn = ++ledger.sent;
      const condition = { function: { name: ledger.name } };
      await working(action.setExecution, setExecution(condition, listAt(turn)));
      ledger.acknowledged = turn;
    });
    await workUntilStopped(server, jobs, { signal: "SIGKILL", acknowledged, thenMs: 5 });
    server = await startProcess({ dataDir, env });
    const { message } = await openCaller(server)(
      action.listExecutions,
      fromJson(ListExecutionsRequestSchema, {}),
    );
    const stored = new Map(
      message.executions.map(({ condition, targets }) => {
        const { value } = condition?.conditionType ?? {};
        return [value !== undefined && "name" in value ? value.name : "", targets];
      }),
    );
    for (const ledger of ledgers) {
      const found = stored.get(ledger.name) ?? [];
      expect([listAt(ledger.acknowledged), listAt(ledger.sent)]).toContainEqual(found);
      // The one call that nobody was told of was done, or it never was.
      if (found.length === listAt(ledger.sent).length) ledger.acknowledged = ledger.sent;
      else ledger.sent = ledger.acknowledged;
    }
  }
});
