import fc from "fast-check";
import { expect, test } from "vitest";
import {
  firstKey,
  type InstanceKey,
  type InstanceKeyPair,
  maxInstanceKeys,
  publishedKeys,
  revoke,
  rotate,
  signingKeyAt,
  stateOf,
} from "../../src/domain/instance-key.ts";
import { type Micros, micros } from "../../src/domain/units.ts";
import { ApiError } from "../../src/errors/api-error.ts";

const minute = 60 * 1e6;
const hour = 60 * minute;

type Step =
  | { readonly kind: "rotate" }
  | { readonly kind: "wait"; readonly time: number }
  | { readonly kind: "revoke"; readonly which: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: "rotate" as const }) },
  {
    weight: 3,
    arbitrary: fc
      .oneof(fc.integer({ min: 0, max: 15 * minute }), fc.integer({ min: 0, max: 26 * hour }))
      .map((time) => ({ kind: "wait" as const, time })),
  },
  { weight: 1, arbitrary: fc.nat(12).map((which) => ({ kind: "revoke" as const, which })) },
);

/** A key in use, as a receiver sees it. */
interface Use {
  readonly publishedAt: Micros;
  lastSigned: Micros | undefined;
}

/** Plays steps and checks after each what must hold whatever happens. */
class Instance {
  #made = 0;
  #now = micros(1e15);
  keys: readonly InstanceKey[] = firstKey([], this.#pair(), this.#now).next;
  readonly uses = new Map<string, Use>();
  /** Ids that were revoked, or had to sign early because of a revocation. */
  readonly exempt = new Set<string>(this.keys.map(({ id }) => id));

  #pair(): InstanceKeyPair {
    this.#made += 1;
    return { id: `k${this.#made}`, algorithm: "ES256", privateKey: "", publicJwk: {} };
  }

  play(step: Step): void {
    if (step.kind === "wait") this.#wait(step.time);
    else if (step.kind === "rotate") this.#rotate();
    else this.#revoke(step.which);
    this.#look();
  }

  /** Looks at the ends of what may change meanwhile, too. */
  #wait(time: number): void {
    const end = this.#now + time;
    const moments = this.keys.flatMap(({ signsFrom, publishedUntil = end }) =>
      [signsFrom - 1, signsFrom, publishedUntil - 1, publishedUntil].filter(
        (moment) => moment > this.#now && moment < end,
      ),
    );
    for (const moment of [...moments.sort((a, b) => a - b), end]) {
      this.#now = micros(moment);
      this.#look();
    }
  }

  #rotate(): void {
    const waits = this.keys.some((key) => stateOf(key, this.keys, this.#now) === "next");
    const full = publishedKeys(this.keys, this.#now).length >= maxInstanceKeys;
    try {
      this.keys = rotate(this.keys, this.#pair(), this.#now).next;
      expect([waits, full]).toEqual([false, false]);
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      expect(waits || full).toBe(true);
    }
  }

  #revoke(which: number): void {
    const published = publishedKeys(this.keys, this.#now);
    const key = published[which % published.length];
    if (key === undefined) throw new Error("no key is published");
    this.keys = revoke(this.keys, key.id, this.#pair(), this.#now).next;
    this.exempt.add(key.id).add(signingKeyAt(this.keys, this.#now)?.id ?? "");
    expect(publishedKeys(this.keys, this.#now)).not.toContainEqual(
      expect.objectContaining({ id: key.id }),
    );
  }

  #look(): void {
    const now = this.#now;
    const published = publishedKeys(this.keys, now);
    const signing = signingKeyAt(this.keys, now);
    expect(published).toContain(signing);
    expect(published.length).toBeLessThanOrEqual(maxInstanceKeys);
    const states = published.map((key) => stateOf(key, this.keys, now));
    expect(states.join(" ")).toMatch(/^(previous )*current( next)?$/);
    const endless = this.keys.filter(({ publishedUntil }) => publishedUntil === undefined);
    expect(endless).toEqual(this.keys.slice(-1));
    for (const { id } of published) {
      if (!this.uses.has(id)) this.uses.set(id, { publishedAt: now, lastSigned: undefined });
    }
    for (const [id, { publishedAt, lastSigned }] of this.uses) {
      if (this.exempt.has(id)) continue;
      if (id === signing?.id) expect(now - publishedAt).toBeGreaterThanOrEqual(10 * minute);
      const gone = !published.some((key) => key.id === id);
      if (gone) expect(now - (lastSigned ?? now)).toBeGreaterThanOrEqual(24 * hour);
    }
    const use = this.uses.get(signing?.id ?? "");
    if (use !== undefined) use.lastSigned = now;
  }
}

test("receivers know every key before it signs and for a day after, and one always signs", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const instance = new Instance();
      for (const step of steps) instance.play(step);
    }),
  );
});
