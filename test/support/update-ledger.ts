/** What was sent to one target, what was acknowledged, and whether the stored state fits to it. */
import { randomUUID } from "node:crypto";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { expect } from "vitest";
import { ActionService } from "../../gen/zitadel/action/v2/action_service_pb.ts";
import type { Target } from "../../gen/zitadel/action/v2/target_pb.ts";
import type { GrpcCaller } from "./grpc-caller.ts";

const { createTarget, getTarget, updateTarget } = ActionService.method;

/** Settings that belong together: all carry the same number, so that a mixed state shows. */
interface Settings {
  readonly name: string;
  readonly endpoint: string;
  readonly timeout: { readonly seconds: bigint; readonly nanos: number };
  readonly headers: Readonly<Record<string, string>>;
}

interface UpdateRequest extends Settings {
  readonly id: string;
  readonly requestId?: string;
  readonly expirationSigningKey?: { readonly seconds: bigint };
}

interface Sent {
  readonly request: UpdateRequest;
  /** Microseconds; undefined while nobody knows whether it was done. */
  changedAt: bigint | undefined;
  /** The key that it made. */
  signingKey: string | undefined;
}

/** The updates of one target over all lives of the server. */
export interface Ledger {
  /** Sends the next update; rejects when it is not acknowledged. */
  send(call: GrpcCaller): Promise<void>;
  /**
   * Compares the stored state with what was sent, and repeats what can be repeated. Resolves with
   * the number of updates that were found done although nobody was told.
   */
  check(call: GrpcCaller): Promise<number>;
}

/** Creates that many targets; every second one rotates its key with each update. */
export function createLedgers(call: GrpcCaller, count: number): Promise<Ledger[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      createLedger(call, `target-${index}`, index % 2 > 0),
    ),
  );
}

/**
 * Creates the target.
 *
 * @param name of the target, without spaces
 * @param rotates true makes every update a rotation that can be repeated by its request_id
 */
async function createLedger(call: GrpcCaller, name: string, rotates: boolean): Promise<Ledger> {
  const { message: created } = await call(createTarget, {
    ...settings(name, 0),
    targetType: { case: "restAsync", value: {} },
  });
  const { id, signingKey } = created;
  const sent = new Map<number, Sent>();
  sent.set(0, {
    request: { id, ...settings(name, 0) },
    changedAt: inMicros(created.creationDate),
    signingKey,
  });
  let last = 0;
  return {
    async send(call) {
      last += 1;
      const rotation = { requestId: randomUUID(), expirationSigningKey: { seconds: 0n } };
      const request = { id, ...settings(name, last), ...(rotates && rotation) };
      const entry: Sent = { request, changedAt: undefined, signingKey: undefined };
      sent.set(last, entry);
      await settle(call, entry);
    },

    async check(call) {
      const latest = latestOf(sent.values());
      const state = await read(call, id);
      const entry = sent.get(Number(state.name.split(" ")[1]));
      if (entry === undefined) throw new Error(`${state.name} was never sent`);
      expectWhole(state, entry.request);
      let untold = 0;
      if (entry.changedAt === undefined) {
        await settleStored(call, state, entry, latest);
        untold += 1;
      } else {
        expect(entry).toBe(latest);
        expect(state.signingKey).toBe(rotates ? entry.signingKey : signingKey);
      }
      expect(inMicros(state.changeDate)).toBe(entry.changedAt);
      if (rotates && latest.request.requestId !== undefined) await expectRemembered(call, latest);
      for (const [number, open] of openOf(sent)) {
        if (!rotates) sent.delete(number);
        else if (await repeatOpen(call, open)) untold += 1;
      }
      return untold;
    },
  };
}

function settings(name: string, number: number): Settings {
  return {
    name: `${name} ${number}`,
    endpoint: `https://example.com/${number}`,
    timeout: { seconds: 1n, nanos: number },
    headers: { [`x-number-${number}`]: String(number) },
  };
}

async function settle(call: GrpcCaller, entry: Sent): Promise<boolean> {
  const { message, replayed } = await call(updateTarget, entry.request);
  entry.changedAt = inMicros(message.changeDate);
  entry.signingKey = message.signingKey;
  return replayed;
}

/** The stored update was not acknowledged: it must be a later one, and whole. */
async function settleStored(
  call: GrpcCaller,
  state: Target,
  entry: Sent,
  latest: Sent,
): Promise<void> {
  const changedAt = inMicros(state.changeDate);
  expect(changedAt).toBeGreaterThan(latest.changedAt ?? 0n);
  if (entry.request.requestId === undefined) {
    entry.changedAt = changedAt;
    return;
  }
  expect(await settle(call, entry)).toBe(true);
  expect(state.signingKey).toBe(entry.signingKey);
}

/** An acknowledged update gives the first answer again and changes nothing. */
async function expectRemembered(call: GrpcCaller, entry: Sent): Promise<void> {
  const before = await read(call, entry.request.id);
  const { message, replayed } = await call(updateTarget, entry.request);
  expect(replayed).toBe(true);
  expect(message.signingKey).toBe(entry.signingKey);
  expect(inMicros(message.changeDate)).toBe(entry.changedAt);
  expect(await read(call, entry.request.id)).toEqual(before);
}

/**
 * An update that may or may not have been done is done once, however often it is repeated.
 *
 * @returns true when it had been done
 */
async function repeatOpen(call: GrpcCaller, entry: Sent): Promise<boolean> {
  const { id } = entry.request;
  const before = await read(call, id);
  const replayed = await settle(call, entry);
  const after = await read(call, id);
  if (replayed) expect(after).toEqual(before);
  else {
    expectWhole(after, entry.request);
    expect(after.signingKey).toBe(entry.signingKey);
    expect(inMicros(after.changeDate)).toBeGreaterThan(inMicros(before.changeDate));
  }
  await expectRemembered(call, entry);
  return replayed;
}

function expectWhole(state: Target, { name, endpoint, timeout, headers }: Settings): void {
  expect(state).toMatchObject({ name, endpoint, timeout });
  expect(Object.keys(state.headers)).toEqual(Object.keys(headers));
}

function latestOf(entries: Iterable<Sent>): Sent {
  const done = [...entries].filter(({ changedAt }) => changedAt !== undefined);
  return done.reduce((a, b) => ((b.changedAt ?? 0n) > (a.changedAt ?? 0n) ? b : a));
}

function openOf(sent: ReadonlyMap<number, Sent>): [number, Sent][] {
  return [...sent].filter(([, { changedAt }]) => changedAt === undefined);
}

async function read(call: GrpcCaller, id: string): Promise<Target> {
  const { target } = (await call(getTarget, { id })).message;
  if (target === undefined) throw new Error("an answer without its target");
  return target;
}

function inMicros(time: Timestamp | undefined): bigint {
  if (time === undefined) throw new Error("an answer without its date");
  return time.seconds * 1_000_000n + BigInt(time.nanos / 1000);
}
