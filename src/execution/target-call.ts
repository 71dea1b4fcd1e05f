/** One signed call to a target: packs the context, signs the bytes, sends them. */
import type { Clock } from "../clock.ts";
import type { CallableTarget } from "../domain/execution.ts";
import { validKeys } from "../domain/signing-key.ts";
import type { TargetSettings } from "../domain/target.ts";
import type { InstanceId, Nanoseconds } from "../domain/units.ts";
import type { InstanceKeys } from "../signing/instance-keys.ts";
import { issuerOf, NoEncryptionKey, type Packing, packPayload } from "../signing/payload.ts";
import { signatureHeaders } from "../signing/signature-headers.ts";
import { censor } from "../telemetry/redact.ts";
import type { Call } from "./call.ts";
import { depthHeader } from "./depth.ts";
import type { CallResult, FailedCall } from "./outcome.ts";
import { type FindSecret, secretFinder } from "./repeated-secret.ts";
import { unsentCall } from "./unsent.ts";

/** What is sent, and on whose behalf. */
export interface TargetCall {
  readonly instance: InstanceId;
  readonly callee: CallableTarget;
  /** JSON text of the context. */
  readonly context: string;
  /** The same over retries. */
  readonly webhookId: string;
  /** Time limit; at most that of the target. */
  readonly timeout: Nanoseconds;
  /** See {@link depthHeader}. */
  readonly depth: number;
  /** W3C trace context of the caller. */
  readonly traceparent: string | undefined;
  /** Aborted when nobody waits for the call any more. */
  readonly signal: AbortSignal | undefined;
}

/** What was sent, for the log. */
export interface Sent {
  /**
   * Lower-case names; values that the target's owner set and signatures are masked. Empty when nothing was
   * sent. Made when asked for, as only deliveries keep them.
   */
  readonly sentHeaders: () => Readonly<Record<string, string>>;
  /** Whether an answer repeats a value that is masked there, or the token that was sent. */
  readonly repeatsSecret: FindSecret;
}

/** Never rejects for what is the target's fault. */
export type CallTarget = (targetCall: TargetCall) => Promise<CallResult & Sent>;

export interface CallTargetParts {
  readonly call: Call;
  readonly instanceKeys: InstanceKeys;
  readonly clock: Clock;
  /** Without trailing slash; the issuer of JWT payloads begins with it. */
  readonly publicUrl: () => string;
}

export function createCallTarget(parts: CallTargetParts): CallTarget {
  return async (targetCall) => {
    const { instance, callee, timeout, signal } = targetCall;
    const { settings } = callee.target;
    const isPlain = settings.payloadType === "json";
    const body = isPlain ? Buffer.from(targetCall.context) : await pack(parts, targetCall);
    if (!(body instanceof Uint8Array)) return { ...body, ...nothingSent };
    const own = ownHeaders(parts, targetCall, body);
    const headers = sentHeaders(settings.headers, own);
    const request = { instance, endpoint: settings.endpoint, headers, body, timeout, signal };
    const result = await parts.call(request);
    return {
      ...result,
      sentHeaders: () => masked(settings.headers, own),
      repeatsSecret: secretFinder({
        headerValues: settings.headers.values(),
        signatures: signaturesOf(own, settings.payloadType, body),
      }),
    };
  };
}

const nothingSent: Sent = { sentHeaders: () => ({}), repeatsSecret: () => false };

/** Those of the target that ours do not replace, and ours. */
function sentHeaders(headers: TargetSettings["headers"], own: OwnHeaders): [string, string][] {
  const sent = Object.entries(own);
  for (const header of headers) if (!Object.hasOwn(own, header[0])) sent.push(header);
  return sent;
}

/** By lower-case name. */
type OwnHeaders = Readonly<Record<string, string>>;

const isSignature = (name: string) => name.endsWith("signature");

/** A generator, as hardly any answer is searched for them. */
function* signaturesOf(
  own: OwnHeaders,
  payloadType: TargetSettings["payloadType"],
  body: Uint8Array,
): Iterable<string> {
  for (const [name, value] of Object.entries(own)) if (isSignature(name)) yield value;
  // Without its signature a token is worth nothing, and what is in it stands in the log anyway.
  if (payloadType !== "json") yield* Buffer.from(body).toString().split(".").slice(-1);
}

/** Ours by their values, the target's by their names alone. */
function masked(headers: TargetSettings["headers"], own: OwnHeaders): Record<string, string> {
  const shown: [string, string][] = [];
  for (const name of headers.keys()) shown.push([name, censor]);
  for (const [name, value] of Object.entries(own)) {
    shown.push([name, isSignature(name) ? censor : value]);
  }
  return Object.fromEntries(shown);
}

/** @returns the body of a signed payload, or why there is none */
async function pack(
  parts: CallTargetParts,
  targetCall: TargetCall,
): Promise<Uint8Array | FailedCall> {
  const { instance, callee, context, webhookId } = targetCall;
  const { id, settings } = callee.target;
  const keys = await packing(parts, instance, callee);
  try {
    return await packPayload(keys, {
      ...{ context, id: webhookId, target: id, now: parts.clock() },
      ...{ issuer: issuerOf(parts.publicUrl(), instance), timeout: settings.timeout },
    });
  } catch (cause) {
    const known = cause instanceof NoEncryptionKey;
    return unsentCall("prepare", known ? noKey : "the payload cannot be packed", { cause });
  }
}

async function packing(
  { instanceKeys }: CallTargetParts,
  instance: InstanceId,
  { target, encryptionKey: publicKey }: CallableTarget,
): Promise<Packing> {
  const signingKey = await instanceKeys.signing(instance);
  const isEncrypted = target.settings.payloadType === "jwe";
  return isEncrypted ? { kind: "jwe", signingKey, publicKey } : { kind: "jwt", signingKey };
}

const noKey = "the target has no active public key that has not expired";

/** The headers that no target can set for itself. */
function ownHeaders(
  { clock }: CallTargetParts,
  targetCall: TargetCall,
  body: Uint8Array,
): OwnHeaders {
  const { callee, webhookId, depth, traceparent } = targetCall;
  const { signingKey, previousKeys } = callee.target;
  const now = clock();
  const keys = [...validKeys(previousKeys, now), signingKey];
  const timestamp = Math.floor(now / 1e6);
  const signed = signatureHeaders({ keys, id: webhookId, timestamp, body });
  const headers = { ...signed, [depthHeader]: String(depth) };
  return traceparent === undefined ? headers : { ...headers, traceparent };
}
