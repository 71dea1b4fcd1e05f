/** Targets that the server disables because of their failures. */
import type { Chain } from "../../domain/delivery.ts";
import { disabledBy, ownAuthor, type Target } from "../../domain/target.ts";
import type { InstanceId, Micros, TargetId } from "../../domain/units.ts";
import { targetChange } from "../change-contents.ts";
import type { AttemptDecision } from "../claims.ts";
import type { QueueName } from "../rows/queues.ts";
import type { Entry } from "./changes.ts";
import { listensSql } from "./instances.ts";
import type { PostgresStoreParts } from "./parts.ts";
import { type Announced, hearers, type Recorder } from "./publish.ts";
import type { Transaction } from "./session.ts";
import { lockTarget, readTarget, replaceTarget } from "./targets.ts";

/** Why targets are to be disabled, by their queues. */
export type Reasons = Map<
  string,
  {
    readonly instance: InstanceId;
    readonly target: TargetId;
    readonly reason: NonNullable<AttemptDecision["disable"]>;
    /** Where the delivery stands whose attempt was the last. */
    readonly cause: Chain;
  }
>;

/** A target that is locked, as it will probably be disabled. */
export interface Disabling {
  readonly instance: InstanceId;
  /** Queues of those who are to be told, if they are there. */
  readonly hearers: readonly QueueName[];
  /** Disables it, and returns it as it is then; undefined when it was disabled before, or is gone. */
  disable(): Target | undefined;
  isDisabled(): boolean;
  /** Writes what was disabled, and returns the change that is to be recorded. */
  write(): readonly Announced[];
}

interface Tools {
  readonly parts: PostgresStoreParts;
  readonly recorder: Recorder;
}

/** Locks targets, in their order, and finds who is to be told of them. */
export async function prepareDisablings(
  transaction: Transaction,
  tools: Tools,
  reasons: Reasons,
  now: Micros,
): Promise<ReadonlyMap<string, Disabling>> {
  const disablings = new Map<string, Disabling>();
  for (const key of [...reasons.keys()].sort()) {
    const reason = reasons.get(key);
    if (reason) disablings.set(key, await prepare(transaction, tools, reason, now));
  }
  return disablings;
}

type Reason = Reasons extends Map<string, infer Value> ? Value : never;

async function prepare(
  transaction: Transaction,
  { parts: { sealer }, recorder }: Tools,
  { instance, target: id, reason, cause }: Reason,
  now: Micros,
): Promise<Disabling> {
  const [, stored, listening] = await Promise.all([
    lockTarget(transaction, instance, id),
    readTarget(transaction, sealer, [instance, id, now]),
    transaction.row<{ listens: boolean }>(listensSql, [instance]),
  ]);
  if (stored === undefined || stored.target.settings.disabled) return unchanged(instance);
  const { next, fields } = disabledBy(reason, stored.target, now);
  // Whoever enables it again in answer to the event must not make it go round for ever.
  const chain = () => ({ depth: cause.depth + 1, traceparent: cause.traceparent });
  const by = { author: ownAuthor, at: now, chain };
  const content = targetChange(id, "changed", fields);
  const entry: Entry = { by, content, date: next.changedAt };
  const listens = listening?.listens === true;
  const announced = await recorder.announce(transaction, instance, [entry], listens);
  let isDisabled = false;
  return {
    instance,
    hearers: hearers(announced).map((target) => ({ instance, target })),
    disable() {
      isDisabled = true;
      return next;
    },
    isDisabled: () => isDisabled,
    write() {
      replaceTarget(transaction, sealer, instance, { current: stored, next, at: now });
      return announced;
    },
  };
}

const unchanged = (instance: InstanceId): Disabling => ({
  ...{ instance, hearers: [] },
  disable: () => undefined,
  isDisabled: () => false,
  write: () => [],
});
