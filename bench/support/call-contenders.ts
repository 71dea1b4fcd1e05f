/** Calls of a target as the server makes them, and what undici and jose alone make of the same. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CompactEncrypt, CompactSign } from "jose";
import { createExecutions, type Executions } from "../../src/app/executions.ts";
import { forwardClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config.ts";
import { conditionId } from "../../src/domain/condition.ts";
import type { CallableTarget } from "../../src/domain/execution.ts";
import type { PublicKey } from "../../src/domain/public-key.ts";
import { defaultInstance, nanoseconds, targetId } from "../../src/domain/units.ts";
import { createEgressPolicy } from "../../src/egress/egress-policy.ts";
import { lookupOfSystem } from "../../src/egress/resolve.ts";
import { newWebhookId } from "../../src/ids.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { context } from "./posted.ts";
import { type RawPoster, rawPoster } from "./raw-undici.ts";
import { at, benchTarget, openBenchStore } from "./store.ts";

/** Makes one call. @throws Error when the answer is no success */
export type MakeCall = () => Promise<void>;

export interface CallContenders {
  /** By name; those that are compared with each other beside each other. */
  readonly calls: ReadonlyMap<string, MakeCall>;
  close(): Promise<void>;
}

/** @param url of a sink at 127.0.0.1 @param atOnce calls that will be made at the same time */
export async function callContenders(url: string, atOnce: number): Promise<CallContenders> {
  const folder = mkdtempSync(join(tmpdir(), "targetd-bench-"));
  const store = await openBenchStore(join(folder, "targetd.db"));
  const poster = rawPoster(url, atOnce);
  const executions = openExecutions(store);
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
  const target = (payloadType: "json" | "jwt" | "jwe", key?: KeyObject): CallableTarget => ({
    target: benchTarget(targetId(`bench-${payloadType}`), { endpoint: url, payloadType }),
    encryptionKey: key && publicKey(key),
  });
  const calls = new Map([
    ["raw undici", () => poster.post()],
    ["target, HMAC", calling(executions, target("json"))],
    ["execution, HMAC", running(executions, target("json"))],
    ["raw undici with jose, JWT", await josePosting(poster)],
    ["target, JWT", calling(executions, target("jwt"))],
    ["raw undici with jose, JWE, ECDH", await josePosting(poster, ec)],
    ["target, JWE, ECDH", calling(executions, target("jwe", ec))],
    ["raw undici with jose, JWE, RSA", await josePosting(poster, rsa)],
    ["target, JWE, RSA", calling(executions, target("jwe", rsa))],
  ]);
  return {
    calls,
    async close() {
      await poster.close();
      await executions.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function openExecutions(store: Awaited<ReturnType<typeof openBenchStore>>): Executions {
  const env = { TARGETD_EGRESS_ALLOW: "127.0.0.1" };
  const config = loadConfig({ env, flags: {}, dev: false });
  const egress = createEgressPolicy({
    ...{ dev: false, httpsOnly: false, allow: config.egressAllow ?? [] },
    listening: () => [{ host: "127.0.0.1", port: 1 }],
  });
  return createExecutions({
    ...{ config, store, egress, clock: forwardClock(), publicUrl: () => "https://bench.example" },
    log: createLog({ level: "warn", pretty: false, colour: false }),
    tracing: { startSpan: undefined },
    lookup: lookupOfSystem,
  });
}

function publicKey(key: KeyObject): PublicKey {
  const pem = Buffer.from(key.export({ type: "spki", format: "pem" }));
  const dates = { createdAt: at, changedAt: at, expiresAt: undefined };
  return { id: "pk_1", pem, fingerprint: pem.toString(), active: true, ...dates };
}

/** As deliveries are made, without what is written about them. */
function calling({ callTarget }: Executions, callee: CallableTarget): MakeCall {
  return async () => {
    const result = await callTarget({
      ...{ instance: defaultInstance, callee, context, webhookId: newWebhookId(), depth: 0 },
      ...{ timeout: nanoseconds(10e9), traceparent: undefined, signal: undefined },
    });
    if (result.kind !== "answered" || result.status !== 200) throw new Error(result.kind);
  };
}

/** As Execute runs the list of a condition once it is found. */
function running({ runTargets }: Executions, callee: CallableTarget): MakeCall {
  const execution = { id: conditionId("function/preuserinfo"), targets: [callee] };
  return async () => {
    // Each call that comes in has one of its own.
    const { signal } = new AbortController();
    const { results } = await runTargets({
      ...{ instance: defaultInstance, execution, context: () => context, message: undefined },
      ...{ accept: (answer) => answer, depth: 0, traceparent: undefined, signal },
      deadline: performance.now() + 10_000,
    });
    if (results[0]?.httpStatus !== 200 || results[0].failure) throw new Error("no success");
  };
}

/** The same token, with keys that stay; encrypted where there is a key for that. */
async function josePosting(poster: RawPoster, encryptionKey?: KeyObject): Promise<MakeCall> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const alg = encryptionKey?.asymmetricKeyType === "rsa" ? "RSA-OAEP-256" : "ECDH-ES+A256KW";
  return async () => {
    const jws = await new CompactSign(Buffer.from(context))
      .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: "k" })
      .sign(privateKey);
    if (encryptionKey === undefined) return await poster.post(jws);
    const header = { typ: "JWT", cty: "JWT", alg, enc: "A256GCM", kid: "pk_1" };
    const encrypting = new CompactEncrypt(Buffer.from(jws)).setProtectedHeader(header);
    await poster.post(await encrypting.encrypt(encryptionKey));
  };
}
