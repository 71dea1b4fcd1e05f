import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { FieldChange, Target, TargetSettings } from "../../../src/domain/target.ts";
import type { TargetQuery } from "../../../src/domain/target-query.ts";
import {
  defaultInstance,
  type InstanceId,
  instanceId,
  type Micros,
  micros,
  nanoseconds,
  type TargetId,
  targetId,
} from "../../../src/domain/units.ts";
import type { ChangeQuery, ChangeRecord } from "../../../src/store/audit-store.ts";
import type { InstanceRecord } from "../../../src/store/instance-store.ts";
import type {
  Authorship,
  Kept,
  Replay,
  Store,
  TargetChange,
  Written,
} from "../../../src/store/store.ts";
import type { TokenRecord } from "../../../src/store/token-store.ts";

/** Some point in 2026, and a minute, in microseconds. */
export const start = micros(1_790_000_000_000_000);
export const minute = 60_000_000;
export const later = (minutes: number): Micros => micros(start + minutes * minute);

/** Two instances of the suite; the second is made before each test. */
export const one: InstanceId = defaultInstance;
export const two: InstanceId = instanceId("two");
export const by = { author: "token:tester", at: start } as const;

const plainSettings: TargetSettings = {
  name: "plain",
  type: { kind: "restWebhook", interruptOnError: false },
  timeout: nanoseconds(1_000_000_000),
  endpoint: "https://example.com/hook",
  payloadType: "json",
  headers: new Map(),
  deliveryPolicy: undefined,
  disabled: false,
  ordered: false,
};

/** A target whose name is its id, with the given settings in place of plain ones. */
export function makeTarget(
  id: string,
  settings: Partial<TargetSettings> = {},
  rest: Partial<Target> = {},
): Target {
  return {
    id: targetId(id),
    createdAt: start,
    changedAt: start,
    settings: { ...plainSettings, name: id, ...settings },
    signingKey: { id: `${id}-key`, secret: `whsec_${id}` },
    previousKeys: [],
    expiresAt: undefined,
    ...rest,
  };
}

/** Inserts targets one after the other. */
export async function createAll(
  store: Store,
  instance: InstanceId,
  targets: readonly Target[],
): Promise<void> {
  for (const target of targets) await store.createTarget(instance, target, by);
}

/** A change that sets some settings and moves changedAt by a microsecond. */
export function setting(settings: Partial<TargetSettings>, fields: readonly FieldChange[] = []) {
  return (current: Target): TargetChange => ({
    next: {
      ...current,
      changedAt: micros(current.changedAt + 1),
      settings: { ...current.settings, ...settings },
    },
    fields,
  });
}

/** A change that decides to change nothing. */
export const noChange = (current: Target): TargetChange => ({ next: current, fields: [] });

/** A change that replaces the signing key; the old one stays valid until `expiresAt`. */
export function rotating(secret: string, expiresAt: Micros) {
  return (current: Target): TargetChange => ({
    next: {
      ...current,
      changedAt: micros(current.changedAt + 1),
      signingKey: { id: `key-${current.changedAt}`, secret },
      previousKeys: [...current.previousKeys, { ...current.signingKey, expiresAt }],
    },
    fields: [],
  });
}

/** What a write resolved with, when it was not a remembered answer. */
export function done<T>(written: Written<T>): T {
  if (written.kind !== "done") throw new Error("the answer was remembered");
  return written.result;
}

/** A request whose answer is to be remembered for 24 hours. */
export function replay<T>(encode: (result: T) => string, parts: Partial<Replay<T>> = {}) {
  return {
    caller: "token:tester",
    method: "Service/Method",
    requestId: "a5f9c1be-2b0d-4a0e-9c4e-0f2f3f6c7d11",
    fingerprint: fingerprint("content"),
    keepUntil: later(24 * 60),
    encode: (result: T) => Buffer.from(encode(result)),
    ...parts,
  } satisfies Replay<T>;
}

export const fingerprint = (content: string): Uint8Array =>
  createHash("sha256").update(content).digest();

/** A list of everything, newest last. */
export const allTargets: TargetQuery = {
  filters: [],
  sort: "createdAt",
  ascending: true,
  offset: 0,
  limit: 1000,
};

export async function listIds(
  store: Store,
  query: Partial<TargetQuery> = {},
  instance: InstanceId = one,
): Promise<readonly TargetId[]> {
  const page = await store.listTargets(instance, { ...allTargets, ...query }, start);
  return page.items.map(({ id }) => id);
}

/** A token of the first instance whose hash is that of `text`. */
export function makeToken(text: string, parts: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id: `id of ${text}`,
    instance: one,
    // As a driver yields it, for comparisons.
    hash: Buffer.from(fingerprint(text)),
    description: `for ${text}`,
    roles: ["IAM_OWNER"],
    permissions: [],
    createdAt: start,
    expiresAt: undefined,
    revokedAt: undefined,
    lastUsedAt: undefined,
    ...parts,
  };
}

/** Creates an instance whose name, and the text of whose token, are its id. */
export async function addInstance(
  store: Store,
  id: InstanceId,
  parts: Partial<InstanceRecord> = {},
  options: Authorship = by,
): Promise<InstanceRecord> {
  const instance = { id, name: id, createdAt: start, features: new Map(), ...parts };
  await store.createInstance(instance, makeToken(id, { instance: id }), options);
  return instance;
}

/** The changes of an instance, newest first. */
export async function changesOf(
  store: Store,
  instance: InstanceId,
  query: Partial<ChangeQuery> = {},
): Promise<readonly ChangeRecord[]> {
  const { items } = await store.listChanges(instance, { limit: 1000, ...query });
  return items;
}

const never = micros(0);

/** Everything is kept for ever. */
const allKept: Kept = {
  deliveriesFrom: never,
  deliveries: Number.POSITIVE_INFINITY,
  eventIdsFrom: never,
  changesFrom: never,
  deletedTargetsFrom: never,
};

/** Prunes to the end. What is not named is kept for ever. */
export async function pruneAll(store: Store, kept: Partial<Kept>): Promise<void> {
  while (await store.prune({ ...allKept, ...kept }));
}

/** Prunes one step. */
export const pruneStep = (store: Store, kept: Partial<Kept>): Promise<boolean> =>
  store.prune({ ...allKept, ...kept });

/** Matches a StoreError by its code. */
export const storeError = (code: string) => expect.objectContaining({ name: "StoreError", code });
