/** What the cases about executions and keys are made of. */
import { createHash } from "node:crypto";
import { type ConditionId, conditionId } from "../../../src/domain/condition.ts";
import type { Execution } from "../../../src/domain/execution.ts";
import type { InstanceKey } from "../../../src/domain/instance-key.ts";
import type { PublicKey } from "../../../src/domain/public-key.ts";
import { changeDate } from "../../../src/domain/target.ts";
import { type InstanceId, type Micros, targetId } from "../../../src/domain/units.ts";
import type {
  ExecutionChange,
  ExecutionQuery,
  RunnableExecution,
} from "../../../src/store/execution-store.ts";
import type { PublicKeysChange } from "../../../src/store/public-key-store.ts";
import type { Store } from "../../../src/store/store.ts";
import { by, one, start } from "./fixtures.ts";

export const request = conditionId("request");

/** Decides to set a list at a time. */
export function listing(id: ConditionId, targets: readonly string[], at: Micros = start) {
  return (current: Execution | undefined): ExecutionChange => {
    const createdAt = current?.createdAt ?? at;
    const changedAt = current === undefined ? at : changeDate(current, at);
    const next = { id, createdAt, changedAt, targets: targets.map(targetId) };
    return { next, fields: [{ field: "targets", old: current?.targets ?? [], new: targets }] };
  };
}

/** Sets the list of a condition, whatever it was. */
export async function setList(
  store: Store,
  id: string,
  targets: readonly string[],
  { instance = one, at = start }: { readonly instance?: InstanceId; readonly at?: Micros } = {},
): Promise<Execution | undefined> {
  const condition = conditionId(id);
  const change = listing(condition, targets, at);
  const wanted = targets.map(targetId);
  return (await store.setExecution(instance, condition, wanted, change, { ...by, at })).next;
}

/** The execution as a change sees it, its list empty or not. */
export async function readExecution(
  store: Store,
  id: string,
  instance: InstanceId = one,
): Promise<Execution | undefined> {
  const keep = (current: Execution | undefined) => ({ next: current, fields: [] });
  return (await store.setExecution(instance, conditionId(id), [], keep, by)).next;
}

/** A list of everything, by id. */
export const allExecutions: ExecutionQuery = {
  filters: [],
  sort: "id",
  ascending: true,
  offset: 0,
  limit: 1000,
};

export async function listConditions(
  store: Store,
  query: Partial<ExecutionQuery> = {},
  instance: InstanceId = one,
): Promise<readonly string[]> {
  const { items } = await store.listExecutions(instance, { ...allExecutions, ...query });
  return items.map(({ id }) => id);
}

export function find(
  store: Store,
  candidates: readonly string[],
  { instance = one, at = start }: { readonly instance?: InstanceId; readonly at?: Micros } = {},
): Promise<RunnableExecution | undefined> {
  return store.findExecution(instance, candidates.map(conditionId), at);
}

/** The ids of the targets of the first of the candidates that has any. */
export async function findIds(...parameters: Parameters<typeof find>) {
  const found = await find(...parameters);
  return found?.targets.map(({ target }) => target.id);
}

/** An inactive key that never expires, with the given parts in place of plain ones. */
export function makeKey(id: string, parts: Partial<PublicKey> = {}): PublicKey {
  return {
    id,
    // As a driver yields it, for comparisons.
    pem: Buffer.from(`-----BEGIN PUBLIC KEY-----\n${id}\n-----END PUBLIC KEY-----\n`),
    fingerprint: `SHA256:${createHash("sha256").update(id).digest("base64url")}`,
    active: false,
    expiresAt: undefined,
    createdAt: start,
    changedAt: start,
    ...parts,
  };
}

/** Decides to have these keys. */
export const keysAre = (next: readonly PublicKey[]) => (): PublicKeysChange => ({
  next,
  fields: [],
});

/** Decides that of the keys one alone is active. */
export function activating(id: string) {
  return (keys: readonly PublicKey[]): PublicKeysChange => ({
    next: keys.map((key) =>
      key.active === (key.id === id) ? key : { ...key, active: !key.active },
    ),
    fields: [{ field: `public_keys.${id}.active`, old: false, new: true }],
  });
}

export function makeInstanceKey(id: string, parts: Partial<InstanceKey> = {}): InstanceKey {
  return {
    id,
    algorithm: "ES256",
    privateKey: `-----BEGIN PRIVATE KEY-----\n${id}\n-----END PRIVATE KEY-----\n`,
    publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y", kid: id, alg: "ES256", use: "sig" },
    createdAt: start,
    signsFrom: start,
    publishedUntil: undefined,
    ...parts,
  };
}
