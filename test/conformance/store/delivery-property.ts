import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeliveryState } from "../../../src/domain/delivery.ts";
import { type InstanceId, instanceId, targetId } from "../../../src/domain/units.ts";
import type { ClaimedDelivery } from "../../../src/store/claims.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claim,
  deciding,
  finish,
  limits,
  makeDelivery,
  nameOf,
  policy,
  retryAt,
  second,
  seconds,
} from "./delivery-fixtures.ts";
import { addInstance, by, createAll, makeTarget } from "./fixtures.ts";
import type { SuiteContext } from "./harness.ts";

type Step =
  | {
      readonly do: "enqueue";
      readonly target: number;
      readonly key: number;
      readonly count: number;
    }
  | { readonly do: "claim"; readonly total: number; readonly perTarget: number }
  | { readonly do: "finish"; readonly pick: number; readonly outcome: DeliveryState }
  | { readonly do: "renew" | "release" | "cancel" | "retry" | "replay"; readonly pick: number }
  | { readonly do: "wait"; readonly time: number };

const pick = fc.nat(100);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("enqueue" as const),
      target: fc.nat(2),
      key: fc.nat(2),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    fc.record({
      do: fc.constant("claim" as const),
      total: fc.integer({ min: 1, max: 5 }),
      perTarget: fc.integer({ min: 1, max: 3 }),
    }),
    fc.record({
      do: fc.constant("finish" as const),
      pick,
      outcome: fc.constantFrom<DeliveryState>("succeeded", "pending", "failed"),
    }),
    fc.record({
      do: fc.constantFrom(
        "renew" as const,
        "release" as const,
        "cancel" as const,
        "retry" as const,
      ),
      pick,
    }),
    fc.record({ do: fc.constant("replay" as const), pick }),
    // A clock may also be set back.
    fc.record({ do: fc.constant("wait" as const), time: fc.constantFrom(1, 10, 29, 31, -20) }),
  ),
  { maxLength: 60 },
);

interface Known {
  state: DeliveryState;
  readonly target: string;
  readonly key: string;
  /** Its place among those of its key. */
  line: number;
  /** The fence of the latest claim while it holds. */
  held: { readonly fence: number; until: number } | undefined;
}

/** A store with what must be true of it. */
class History {
  readonly known = new Map<string, Known>();
  readonly claims: ClaimedDelivery[] = [];
  readonly #store: Store;
  #time = 0;
  #lines = 0;

  readonly #instance: InstanceId;

  constructor(store: Store, instance: InstanceId) {
    this.#store = store;
    this.#instance = instance;
  }

  get #now() {
    return seconds(this.#time);
  }

  #find(id: string): Known {
    const found = this.known.get(id);
    if (found === undefined) throw new Error(`nobody made ${id}`);
    return found;
  }

  #picked<T>(from: readonly T[], index: number): T | undefined {
    return from[index % Math.max(1, from.length)];
  }

  async run(step: Step): Promise<void> {
    if (step.do === "wait") this.#time += step.time;
    else if (step.do === "enqueue") await this.#enqueue(step);
    else if (step.do === "claim") await this.claim(step.total, step.perTarget);
    else if (step.do === "finish")
      await this.#finish(this.#picked(this.claims, step.pick), step.outcome);
    else if (step.do === "renew" || step.do === "release") {
      await this.#lease(step.do, this.#picked(this.claims, step.pick));
    } else await this.#command(step.do, this.#picked([...this.known.keys()], step.pick));
  }

  async #enqueue({ target, key, count }: Extract<Step, { do: "enqueue" }>): Promise<void> {
    const made = Array.from({ length: count }, () => {
      const id = `m${String(this.known.size).padStart(4, "0")}`;
      const names = { target: `t${target}`, key: `k${key}` };
      this.known.set(id, { state: "pending", line: this.#lines++, held: undefined, ...names });
      return makeDelivery(id, { target: targetId(names.target), orderKey: names.key });
    });
    await this.#store.enqueue(this.#instance, made, this.#now);
  }

  /** What is claimed is pending, held by nobody, within the limits, and first of its order. */
  async claim(total: number, perTarget: number): Promise<number> {
    const claims = await claim(this.#store, this.#now, { total, perTarget });
    expect(claims.length).toBeLessThanOrEqual(total);
    for (const held of claims) {
      const known = this.#find(held.delivery.id);
      expect(known.state).toBe("pending");
      expect(known.held?.until ?? 0).toBeLessThanOrEqual(this.#now);
      known.held = { fence: held.fence, until: held.leasedUntil };
      this.claims.push(held);
    }
    for (const target of ["t0", "t1", "t2"]) this.#check(target, claims, perTarget);
    return claims.length;
  }

  #check(target: string, claims: readonly ClaimedDelivery[], perTarget: number): void {
    const taken = claims.filter(({ delivery }) => delivery.target === target).length;
    expect(taken).toBeLessThanOrEqual(perTarget);
    const all = [...this.known.values()].filter((known) => known.target === target);
    const underWay = all.filter(({ held }) => held !== undefined && held.until > this.#now);
    if (taken > 0) expect(underWay.length).toBeLessThanOrEqual(3);
    if (target !== "t0") return;
    for (const { key, line } of underWay) {
      const before = all.filter((known) => known.key === key && known.line < line);
      expect(before.filter(({ state }) => state === "pending")).toEqual([]);
    }
  }

  async #finish(held: ClaimedDelivery | undefined, outcome: DeliveryState): Promise<void> {
    if (held === undefined) return;
    const known = this.#find(held.delivery.id);
    const decide = outcome === "pending" ? retryAt(this.#now) : deciding({ state: outcome });
    const counts = await finish(this.#store, held, decide, this.#now);
    expect(counts).toBe(known.held?.fence === held.fence);
    if (counts) Object.assign(known, { state: outcome, held: undefined });
  }

  async #lease(what: "renew" | "release", held: ClaimedDelivery | undefined): Promise<void> {
    if (held === undefined) return;
    const known = this.#find(held.delivery.id);
    const mine = known.held?.fence === held.fence;
    if (what === "renew") {
      const until = seconds(this.#time + limits.lease / second);
      const renewed = await this.#store.renewClaims([nameOf(held)], this.#now, until);
      const holds = mine && (known.held?.until ?? 0) > this.#now;
      expect(renewed).toEqual(holds ? [held.delivery.id] : []);
      if (known.held !== undefined && holds) known.held.until = until;
    } else {
      await this.#store.releaseClaims([nameOf(held)], this.#now);
      if (mine) known.held = undefined;
    }
  }

  async #command(what: "cancel" | "retry" | "replay", id: string | undefined): Promise<void> {
    if (id === undefined) return;
    const known = this.#find(id);
    const options = { ...by, at: this.#now };
    if (what === "retry") await this.#store.retryDelivery(this.#instance, id, options);
    else if (what === "cancel") {
      await this.#store.cancelDelivery(this.#instance, id, options);
      if (known.state === "pending") Object.assign(known, { state: "cancelled", held: undefined });
    } else {
      const { replayed } = await this.#store.replayDeliveries(this.#instance, { id }, options);
      expect(replayed).toBe(known.state === "pending" ? 0 : 1);
      if (replayed > 0) Object.assign(known, { state: "pending", line: this.#lines++ });
    }
  }

  /** Everything that is pending can still be finished, once. */
  async drain(): Promise<void> {
    this.#time += 1000;
    for (let idle = 0; idle < 3; ) {
      this.claims.length = 0;
      idle = (await this.claim(100, 100)) === 0 ? idle + 1 : 0;
      for (const held of [...this.claims]) await this.#finish(held, "succeeded");
    }
    const states = new Map([...this.known].map(([id, { state }]) => [id, state]));
    expect([...states.values()]).not.toContain("pending");
    const { items } = await this.#store.listDeliveries(this.#instance, { limit: 1000 });
    expect(new Map(items.map(({ id, state }) => [id, state]))).toEqual(states);
    expect(await this.#store.nextDue()).toBeUndefined();
  }
}

export function deliveryPropertyCases(context: SuiteContext): void {
  test("no delivery is lost or made twice at a time", async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const { store } = context;
        runs += 1;
        const instance = instanceId(`run-${runs}`);
        await addInstance(store, instance);
        await createAll(store, instance, [
          makeTarget("t0", { ordered: true, ...policy(3) }),
          makeTarget("t1", policy(3)),
          makeTarget("t2", policy(3)),
        ]);
        try {
          const run = new History(store, instance);
          for (const step of history) await run.run(step);
          await run.drain();
        } finally {
          await store.deleteInstance(instance, by);
        }
      }),
      { numRuns: 60 },
    );
  });
}
